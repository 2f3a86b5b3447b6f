import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.pyramid_generator import LEVELS
from keras_semsynth.generators.pyramid_generator import PyramidGenerator
from keras_semsynth.generators.spade_generator import UPSAMPLINGS
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.inade_residual_block import INADEResidualBlock
from keras_semsynth.layers.label_map import resize_label_map
from keras_semsynth.layers.layout_level import LayoutLevel


@keras.saving.register_keras_serializable(package="keras_semsynth")
class INADEGenerator(PyramidGenerator):
    """Synthesizes an image whose classes each have a look of their own.

    SPADE's generator with `layers.INADE` in the place of `layers.SPADE`. The
    start map is the shrunk label map; the noise of a class says in every block
    how the class is scaled and shifted, and enters nowhere else. So other
    noise of one class changes its regions, and their surroundings as far as
    the convolutions reach.

    The paper draws noise for each instance. In training each class of an image
    has one draw, since samples carry no map of instances; a noise map gives
    single regions their own.

    Args:
        *args: Arguments of `PyramidGenerator`: `num_classes`, `image_size`,
            `filters` and more.
        noise_dim: int >= 1. Length of the noise of a class. Defaults to `64`.
        upsampling: str, `"normal"` (5 doublings), `"more"` (6) or `"most"` (7,
            with one more block). How often the start map is enlarged. Defaults
            to `"normal"`.
        **kwargs: Arguments of `PyramidGenerator`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        latent: Noise `(batch, num_classes, noise_dim)`, one vector a class;
            `(batch, noise_dim)`, the same for all classes; or a map `(batch,
            height, width, noise_dim)`. Drawn for each class if absent.
        edge_map: Not supported; must be `None`.
        seed: int. Makes the drawn noise repeatable.
        training: bool. Selects statistics and advances power iterations.

    Returns:
        Image `(batch, height, width, output_channels)` in `[-1, 1]`, at least
        float32.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.INADEGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=4)
    >>> generator(np.zeros((2, 64, 96), "int32"), seed=7).shape
    (2, 64, 96, 3)

    Reference:
        - [INADE, CVPR 2021](https://arxiv.org/abs/2103.06878)
    """

    latent_by_class = True
    extra_channels = 0  # nothing lies beside the labels

    def __init__(
        self,
        *args,
        noise_dim: int = 64,
        upsampling: str = "normal",
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_choice(UPSAMPLINGS, upsampling=upsampling)
        self.upsampling = upsampling
        self.set_levels(LEVELS[upsampling])
        self.set_latent("noise", noise_dim=noise_dim)

    def make_block(self, filters: int, **options) -> INADEResidualBlock:
        return INADEResidualBlock(
            filters,
            num_classes=self.num_classes,
            noise_dim=self.noise_dim,
            **options,
        )

    def read(
        self,
        label_map: Tensor,
        latent: Tensor | None,
        edge_map: Tensor | None,
        seed: int | None,
    ) -> tuple[LayoutLevel, Tensor]:
        label_map = self.check_label_map(label_map)
        self.check_edge_map(edge_map)
        codes = self.latent_or_draw(label_map, latent, seed)
        return LayoutLevel(label_map=label_map, codes=codes), codes

    def level(self, layout: LayoutLevel, i: int) -> LayoutLevel:
        level = super().level(layout, i)
        codes = layout["codes"]
        if len(codes.shape) == 4:
            size = ops.shape(codes)[1:3]
            codes = resize_label_map(codes, *self._size_of_level(i, *size))
        level["codes"] = codes
        return level

    def latent_or_draw(
        self, label_map: Tensor, latent: Tensor | None, seed: int | None
    ) -> Tensor:
        """Returns the noise of each class, or a noise map.

        Raises:
            ValueError: If its shape is wrong.
        """
        if latent is not None and len(latent.shape) == 2:
            latent = ops.repeat(
                ops.expand_dims(latent, 1), self.num_classes, axis=1
            )
        return super().latent_or_draw(label_map, latent, seed)
