import keras
from keras import ops

from keras_semsynth.generators.generator import check_image_size
from keras_semsynth.generators.pix2pixhd_generator import Pix2PixHDGenerator
from keras_semsynth.layers.arguments import MOST_HALVINGS
from keras_semsynth.layers.arguments import MOST_LAYERS
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.layers.configured import constructor_arguments
from keras_semsynth.layers.label_map import resize_label_map


@keras.saving.register_keras_serializable(package="keras_semsynth")
class Pix2PixHDEnhancerGenerator(Pix2PixHDGenerator):
    """pix2pixHD's global generator G1 inside a local enhancer G2.

    G1 reads the label map at half the size. The enhancer's front end, a 7x7
    convolution and one of stride 2, reads it at full size; the last features
    of G1 are added to its result, and residual blocks, a transposed
    convolution and a 7x7 convolution with tanh follow. Further enhancers
    double the size once more each.

    Train G1 first (`pix2pixhd` at half the size), start from its run with
    `init_from`, hold it for some epochs (`fix_global_epochs` of the objective)
    and then train all together.

    Args:
        num_enhancers: int >= 1. Local enhancers; each has half the width of
            the network that it encloses. Defaults to `1`.
        num_enhancer_blocks: int >= 0. Residual blocks of each enhancer.
            Defaults to `3`.
        **kwargs: Arguments of `Pix2PixHDGenerator`. `image_size` is the full
            size, a multiple of `2**(num_downsamplings + num_enhancers)`;
            `filters`, `num_downsamplings` and `num_blocks` are those of G1.

    Raises:
        ValueError: If an argument or a size does not fit.

    Example:

    >>> generator = keras_semsynth.generators.Pix2PixHDEnhancerGenerator(
    ...     num_classes=5, image_size=(64, 64), filters=4)
    >>> generator(np.zeros((2, 64, 64), "int32")).shape
    (2, 64, 64, 3)

    Reference:
        - [pix2pixHD, CVPR 2018](https://arxiv.org/abs/1711.11585), section
          3.1. That the smaller label map takes every second pixel, as smaller
          data sets do, is our reading.
    """

    def __init__(
        self,
        *args,
        num_enhancers: int = 1,
        num_enhancer_blocks: int = 3,
        **kwargs,
    ):
        super().__init__(*args, **kwargs)
        check_within(1, MOST_HALVINGS, num_enhancers=num_enhancers)
        check_within(0, MOST_LAYERS, num_enhancer_blocks=num_enhancer_blocks)
        if self.filters % 2**num_enhancers:
            raise ValueError(
                f"`filters` must be a multiple of {2**num_enhancers}, since "
                "each enhancer has half the width of the network it encloses. "
                f"Received: filters={self.filters}."
            )
        self.num_enhancers = num_enhancers
        self.num_enhancer_blocks = num_enhancer_blocks
        self.size_multiple *= 2**num_enhancers
        self.image_size = check_image_size(self.image_size, self.size_multiple)
        self.global_generator = self._network("global_generator", num_enhancers)
        self.enhancers = [
            self._network(
                f"enhancer_{i}",
                i,
                filters=self.filters // 2 ** (num_enhancers - i),
                num_downsamplings=1,
                num_blocks=num_enhancer_blocks,
            )
            for i in reversed(range(num_enhancers))
        ]

    def _network(self, name, halvings, **changes):
        """A network that works at `1 / 2**halvings` of the size."""
        arguments = {
            argument: getattr(self, argument)
            for argument in constructor_arguments(Pix2PixHDGenerator)
        }
        height, width = self.image_size
        arguments["image_size"] = (height // 2**halvings, width // 2**halvings)
        return Pix2PixHDGenerator(
            **{**arguments, "dtype": self.dtype_policy, "name": name, **changes}
        )

    def build(self, label_map_shape=None):
        networks = [self.global_generator, *self.enhancers]
        for network in networks:
            network.build()
        for network in networks[:-1]:
            # Only its features are used.
            network.last_conv.trainable = False
        self.built = True

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        label_map = self.check_label_map(label_map)
        edge_map = self.check_edge_map(edge_map)
        self.latent_or_draw(label_map, latent, seed)
        height, width = ops.shape(label_map)[1:3]
        x = None
        for i, network in enumerate([self.global_generator, *self.enhancers]):
            factor = 2 ** (self.num_enhancers - i)
            size = height // factor, width // factor
            x = network.features(
                resize_label_map(label_map, *size),
                None if edge_map is None else resize_label_map(edge_map, *size),
                training,
                inner=x,
            )
        return self.enhancers[-1].to_image(x)
