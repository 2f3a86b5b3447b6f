"""Semantic image synthesis: photographs from label maps, with GANs.

Importing the package registers its classes with Keras, so that
`keras.models.load_model("generator.keras")` finds them. A room without such
classes is imported when it is first used.
"""

import importlib
from typing import TYPE_CHECKING

from keras_semsynth.program import is_command
from keras_semsynth.program import quiet_start

# A command imports the rooms that it needs. The list of commands needs none,
# and so neither Keras nor TensorFlow.
if TYPE_CHECKING or not is_command():
    with quiet_start():
        from keras_semsynth import backend
        from keras_semsynth import discriminators
        from keras_semsynth import encoders
        from keras_semsynth import gans
        from keras_semsynth import generators
        from keras_semsynth import layers
        from keras_semsynth import losses
        from keras_semsynth import scorers

if TYPE_CHECKING:
    from keras_semsynth import bulk
    from keras_semsynth import checkpoints
    from keras_semsynth import client
    from keras_semsynth import data
    from keras_semsynth import evaluation
    from keras_semsynth import experiments
    from keras_semsynth import explanations
    from keras_semsynth import export
    from keras_semsynth import metrics
    from keras_semsynth import page
    from keras_semsynth import presets
    from keras_semsynth import synthesis
    from keras_semsynth import training
    from keras_semsynth.synthesis import Synthesizer

__version__ = "0.1.0"

__all__ = [
    "Synthesizer",
    "backend",
    "bulk",
    "checkpoints",
    "client",
    "data",
    "discriminators",
    "encoders",
    "experiments",
    "evaluation",
    "explanations",
    "export",
    "gans",
    "generators",
    "layers",
    "losses",
    "metrics",
    "page",
    "presets",
    "scorers",
    "synthesis",
    "training",
]


if not TYPE_CHECKING:
    # Else a type checker would take any name for one of the package.
    def __getattr__(name):
        if name == "Synthesizer":
            return importlib.import_module(f"{__name__}.synthesis").Synthesizer
        if name in __all__:
            return importlib.import_module(f"{__name__}.{name}")
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__():
    return sorted({*globals(), *__all__})
