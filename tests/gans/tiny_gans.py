"""GANs and batches as small as they can be."""

import numpy as np

from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import Pix2PixHD
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SPADEGenerator

NUM_CLASSES, SIZE = 4, 32


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


def tiny_spade(**kwargs):
    """A SPADE with style encoder."""
    generator = SPADEGenerator(
        NUM_CLASSES, (SIZE, SIZE), filters=1, style_dim=4, hidden_filters=2
    )
    discriminator = MultiScalePatchDiscriminator(
        NUM_CLASSES, filters=2, num_scales=1, num_layers=2
    )
    encoder = StyleEncoder(1, style_dim=4)
    return SPADE(generator, discriminator, encoder, **kwargs)


def batch(size=4, seed=0):
    """Returns `(label_map, image)`."""
    random = np.random.RandomState(seed)
    label_map = random.randint(0, NUM_CLASSES, (size, SIZE, SIZE))
    image = random.uniform(-1, 1, (size, SIZE, SIZE, 3))
    return label_map.astype("int32"), image.astype("float32")
