"""Every generator of the family, as small as it can be."""

import numpy as np

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
    return settled(
        SPADEGenerator(
            4,
            SIZE,
            filters=2,
            hidden_filters=2,
            initializer_gain=1.0,
            **options,
        )
    )


def settled(generator):
    """Builds a generator and makes its images gray, not black or white.

    Spectral vectors that were never iterated give tiny norms: what is divided
    by them saturates, and any two images of ones are equal.
    """
    generator.build()
    random = np.random.default_rng(0)
    inputs = {
        "label_map": random.integers(0, 4, (2, *SIZE)).astype("int32"),
        "seed": 0,
    }
    if generator.use_edge_map:
        inputs["edge_map"] = np.zeros((2, *SIZE, 1), "float32")
    for _ in range(3):
        generator(**inputs, training=True)
    return generator


def family():
    """Yields generators with 4 classes and `image_size=SIZE`."""
    shared = {"filters": 2, "initializer_gain": 1.0}
    yield spade()
    yield spade(style_dim=3)
    yield spade(use_edge_map=True, conditioning="concat")
    yield spade(conditioning="clade", position_map=True)
    for generator in (
        Pix2PixHDGenerator(4, SIZE, num_blocks=1, **shared),
        CRNGenerator(4, SIZE, filters=4, num_modules=4),
        CRNGenerator(4, SIZE, filters=4, num_modules=4, num_images=3),
        OASISGenerator(4, SIZE, noise_dim=3, hidden_filters=2, **shared),
        INADEGenerator(4, SIZE, noise_dim=3, **shared),
        DPGANGenerator(4, SIZE, noise_dim=3, pyramid_filters=2, **shared),
        CCFPSEGenerator(4, SIZE, hidden_filters=2, **shared),
        SCGANGenerator(4, SIZE, start_filters=2, vector_filters=2, **shared),
        SCGANGenerator(
            4, SIZE, start_filters=2, vector_filters=2, style_dim=3, **shared
        ),
    ):
        yield settled(generator)
