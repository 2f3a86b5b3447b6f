"""Networks that turn a label map into an image."""

from keras_semsynth.generators.ccfpse_generator import CCFPSEGenerator
from keras_semsynth.generators.conditioned_pix2pixhd_generator import (
    ConditionedPix2PixHDGenerator,
)
from keras_semsynth.generators.crn_generator import CRNGenerator
from keras_semsynth.generators.dpgan_generator import DPGANGenerator
from keras_semsynth.generators.generator import Generator
from keras_semsynth.generators.inade_generator import INADEGenerator
from keras_semsynth.generators.label_modulated_generator import (
    LabelModulatedGenerator,
)
from keras_semsynth.generators.oasis_generator import OASISGenerator
from keras_semsynth.generators.pix2pixhd_enhancer_generator import (
    Pix2PixHDEnhancerGenerator,
)
from keras_semsynth.generators.pix2pixhd_generator import Pix2PixHDGenerator
from keras_semsynth.generators.pyramid_generator import PyramidGenerator
from keras_semsynth.generators.scgan_generator import SCGANGenerator
from keras_semsynth.generators.semantic_vector_generator import (
    SemanticVectorGenerator,
)
from keras_semsynth.generators.spade_generator import SPADEGenerator

__all__ = [
    "CCFPSEGenerator",
    "CRNGenerator",
    "ConditionedPix2PixHDGenerator",
    "DPGANGenerator",
    "Generator",
    "INADEGenerator",
    "LabelModulatedGenerator",
    "OASISGenerator",
    "Pix2PixHDEnhancerGenerator",
    "Pix2PixHDGenerator",
    "PyramidGenerator",
    "SCGANGenerator",
    "SPADEGenerator",
    "SemanticVectorGenerator",
]
