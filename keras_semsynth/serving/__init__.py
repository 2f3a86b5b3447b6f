"""Trained generators as services: exported models, clients, a page.

Names are imported when they are first used: nothing here is needed to train,
and some of it needs optional packages.
"""

import importlib

# Public name -> the file that holds it.
_FILES = {
    "Client": "client",
    "describe_model": "description",
    "export_litert": "litert_file",
    "export_onnx": "onnx_file",
    "export_saved_model": "saved_model",
}

__all__ = sorted(_FILES)


def __getattr__(name):
    if name not in _FILES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module = importlib.import_module(f"{__name__}.{_FILES[name]}")
    return getattr(module, name)


def __dir__():
    return sorted([*globals(), *__all__])
