import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.average_pyramid import label_map_pyramid
from keras_semsynth.layers.convolution import convolution
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.layers.refinement_module import RefinementModule

# What `filters` is divided by, from the module of 4 rows to that of 1024.
_DIVISORS = (1, 1, 1, 1, 1, 2, 2, 8, 32)


@keras.saving.register_keras_serializable(package="keras_semsynth")
class CRNGenerator(Generator):
    """Cascaded refinement network: one module for each size, coarse to fine.

    The first module reads the label map at 1/2**(num_modules - 1) of its size.
    Every further one works at twice the size of the one before: it reads the
    label map and the features so far. A 1x1 convolution turns the last
    features into images. The paper's networks begin at 4x8, so that images of
    256, 512 and 1024 rows take 7, 8 and 9 modules.

    Nothing is random: `num_images` different images come out at once, which
    the diversity loss drives apart.

    Args:
        num_classes: int >= 1. Ids lie in `[0, num_classes)`; an unknown class
            counts too.
        image_size: tuple of two ints, `(height, width)` in pixels, multiples
            of `2**(num_modules - 1)`. Other such sizes work too. Defaults to
            `(256, 256)`.
        filters: int >= 1. Width of the five coarsest modules, in channels.
            The next two have half of it, then one an eighth, and all further
            ones 1/32. Defaults to `1024`.
        num_modules: int >= 1. Refinement modules. Defaults to `7`.
        num_images: int >= 1. Images that are made of each label map.
            Defaults to `1`.
        initializer_gain: float > 0. Scale of the initial values of kernels.
            Defaults to `1.0`.
        **kwargs: Arguments of `layers.InitializedNetwork`: `initializer`, and
            those of a model, such as `name`.

    Call arguments:
        label_map: Integer tensor `(batch, height, width)`, or a soft label map
            `(batch, height, width, num_classes)`.
        latent: With `num_images > 1` a float tensor `(batch, num_images)`: the
            image of its greatest entry is returned. Absent, it is drawn, so
            that all images are equally likely. Else it must be `None`.
        edge_map: Not supported; must be `None`.
        seed: int. Makes the drawn choice repeatable.
        training: bool. Whether the linear output is left as it is. Otherwise
            it is clipped to `[-1, 1]`.

    Returns:
        Image `(batch, height, width, 3)` in `[-1, 1]`, at least float32.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.CRNGenerator(
    ...     num_classes=5, image_size=(64, 96), filters=32, num_modules=5)
    >>> generator(np.zeros((2, 64, 96), "int32")).shape
    (2, 64, 96, 3)

    Reference:
        - [CRN, ICCV 2017](https://arxiv.org/abs/1707.09405). The paper counts
          105 million parameters at 1024x2048; these widths give 98.7 million
          with 20 classes. That label maps are made smaller by averaging is our
          reading, and so is the start of the kernels.
    """

    use_edge_map = False

    def __init__(
        self,
        num_classes: int,
        image_size: tuple[int, int] = (256, 256),
        filters: int = 1024,
        num_modules: int = 7,
        num_images: int = 1,
        initializer_gain: float = 1.0,
        **kwargs,
    ):
        super().__init__(initializer_gain=initializer_gain, **kwargs)
        check_at_least(
            1,
            num_classes=num_classes,
            filters=filters,
            num_images=num_images,
        )
        check_within(1, MOST_HALVINGS + 1, num_modules=num_modules)
        self.size_multiple = 2 ** (num_modules - 1)
        self.num_classes = num_classes
        self.image_size = check_image_size(image_size, self.size_multiple)
        self.filters = filters
        self.num_modules = num_modules
        self.num_images = num_images
        if num_images > 1:
            self.latent_kind, self.latent_size = "noise", num_images
            self.seed_generator = keras.random.SeedGenerator()

    def build(self, label_map_shape=None):
        self.refinements = []
        channels = 0
        for i in range(self.num_modules):
            divisor = _DIVISORS[min(i, len(_DIVISORS) - 1)]
            module = RefinementModule(
                max(1, self.filters // divisor),
                self.num_classes,
                **self.options(f"module_{i}"),
            )
            module.build(
                None, (None, None, None, channels) if channels else None
            )
            self.refinements.append(module)
            channels = module.filters
        self.last_conv = convolution(
            channels, 3 * self.num_images, 1, **self.options("last_conv")
        )
        self.built = True

    def images(
        self,
        label_map: Tensor,
        latent: Tensor | None = None,
        edge_map: Tensor | None = None,
        training: bool | None = None,
    ) -> Tensor:
        """Returns all images of each label map, not clipped.

        Args:
            label_map, edge_map: As for calling.
            latent: Ignored: nothing is chosen yet.
            training: bool. Whether gradients will be asked for.

        Returns:
            Tensor `(batch, num_images, height, width, 3)`, at least float32.
        """
        label_map = self.check_label_map(label_map)
        self.check_edge_map(edge_map)
        x = None
        levels = label_map_pyramid(
            label_map, self.num_classes, self.num_modules, self.compute_dtype
        )
        for module, level in zip(self.refinements, levels[::-1], strict=True):
            x = self.run_block(module, [module], level, x, training=training)
        x = full_precision(self.last_conv(x))
        batch, height, width, _ = ops.shape(x)
        x = ops.reshape(x, (batch, height, width, self.num_images, 3))
        return ops.transpose(x, (0, 3, 1, 2, 4))

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        latent = self.latent_or_draw(label_map, latent, seed)
        images = self.images(label_map, edge_map=edge_map, training=training)
        if latent is None:
            image = images[:, 0]
        else:
            chosen = ops.one_hot(
                ops.argmax(latent, axis=-1), self.num_images, dtype=images.dtype
            )
            image = ops.einsum("bkhwc,bk->bhwc", images, chosen)
        return image if training else ops.clip(image, -1.0, 1.0)

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], 3)
