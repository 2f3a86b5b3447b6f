"""Every network that can be converted: each file here with a `CONVERTER`."""

import importlib
import pkgutil

from keras_semsynth import checkpoints


def _collect():
    converters = {}
    for info in pkgutil.iter_modules(checkpoints.__path__):
        name = f"{checkpoints.__name__}.{info.name}"
        if name == __name__:
            continue
        converter = getattr(importlib.import_module(name), "CONVERTER", None)
        if converter is not None:
            converters[info.name] = converter
    return converters


CONVERTERS = _collect()
