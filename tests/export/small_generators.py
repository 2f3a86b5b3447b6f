"""Every generator of the family, as small as it can be."""

from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.generators import CRNGenerator
from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.generators import INADEGenerator
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator

SIZE = (64, 32)


def spade(**options):
    """A SPADE generator whose layouts matter (`initializer_gain=1`)."""
    return SPADEGenerator(
        4, SIZE, filters=2, hidden_filters=2, initializer_gain=1.0, **options
    )


def family():
    """Yields generators with 4 classes and `image_size=SIZE`."""
    shared = {"filters": 2, "initializer_gain": 1.0}
    yield spade()
    yield spade(style_dim=3)
    yield spade(use_edge_map=True, conditioning="concat")
    yield spade(conditioning="clade", position_map=True)
    yield Pix2PixHDGenerator(4, SIZE, num_blocks=1, **shared)
    yield CRNGenerator(4, SIZE, filters=4, num_modules=4)
    yield CRNGenerator(4, SIZE, filters=4, num_modules=4, num_images=3)
    yield OASISGenerator(4, SIZE, noise_dim=3, hidden_filters=2, **shared)
    yield INADEGenerator(4, SIZE, noise_dim=3, **shared)
    yield DPGANGenerator(4, SIZE, noise_dim=3, pyramid_filters=2, **shared)
    # Larger weights overflow: its kernels are themselves computed.
    yield CCFPSEGenerator(4, SIZE, filters=2, hidden_filters=2)
    yield SCGANGenerator(4, SIZE, start_filters=2, vector_filters=2, **shared)
    yield SCGANGenerator(
        4, SIZE, start_filters=2, vector_filters=2, style_dim=3, **shared
    )
