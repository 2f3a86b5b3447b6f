"""GANs and batches as small as they can be."""

import keras
import numpy as np
from keras import ops

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import Pix2PixHD
from keras_semsynth.generators import Generator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.layers import BatchNormalization
from keras_semsynth.layers import SpectralLabelConv2D

NUM_CLASSES, SIZE, STYLE_DIM = 4, 32, 4


def tiny_pix2pixhd(**kwargs):
    """A pix2pixHD++ of three convolutions; compiles in seconds."""
    generator = Pix2PixHDGenerator(
        NUM_CLASSES,
        (SIZE, SIZE),
        filters=2,
        num_downsamplings=1,
        num_blocks=0,
        initial_kernel_size=3,
        normalization="sync_batch",
    )
    discriminator = MultiScalePatchDiscriminator(
        NUM_CLASSES, filters=2, num_scales=1, num_layers=2
    )
    return Pix2PixHD(generator, discriminator, **kwargs)


@keras.saving.register_keras_serializable(package="keras_semsynth_tests")
class TinyStyleGenerator(Generator):
    """One convolution of the label map plus one projection of the style."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.num_classes, self.image_size = NUM_CLASSES, (SIZE, SIZE)
        self.use_edge_map = False
        self.latent_kind, self.latent_size = "style", STYLE_DIM
        self.seed_generator = keras.random.SeedGenerator()

    def build(self, label_map_shape=None):
        self.conv = SpectralLabelConv2D(3, 3, NUM_CLASSES)
        self.conv.build()
        self.style = keras.layers.Dense(3)
        self.style.build((None, STYLE_DIM))
        self.norm = BatchNormalization()
        self.norm.build((None, None, None, 3))
        self.built = True

    def call(
        self, label_map, latent=None, edge_map=None, seed=None, training=None
    ):
        label_map = self.check_label_map(label_map)
        latent = self.latent_or_draw(label_map, latent, seed)
        x = self.conv(label_map, training=training)
        x = x + self.style(latent)[:, None, None]
        return ops.tanh(self.norm(x, training=training))

    def compute_output_shape(self, label_map_shape, **kwargs):
        return (*label_map_shape[:3], 3)


def tiny_spade(**kwargs):
    """SPADE's objective and style encoder around a tiny generator."""
    discriminator = MultiScalePatchDiscriminator(
        NUM_CLASSES, filters=2, num_scales=1, num_layers=2
    )
    encoder = StyleEncoder(1, style_dim=STYLE_DIM)
    return SPADE(TinyStyleGenerator(), discriminator, encoder, **kwargs)


def batch(size=4, seed=0):
    """Returns `(label_map, image)`."""
    random = np.random.RandomState(seed)
    label_map = random.randint(0, NUM_CLASSES, (size, SIZE, SIZE))
    image = random.uniform(-1, 1, (size, SIZE, SIZE, 3))
    return label_map.astype("int32"), image.astype("float32")
