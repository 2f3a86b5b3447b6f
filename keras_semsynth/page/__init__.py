"""The painting page: its model, queue and web application."""

from keras_semsynth.page.local_model import LocalModel
from keras_semsynth.page.render_queue import QueueFull
from keras_semsynth.page.render_queue import RenderQueue
from keras_semsynth.page.served_model import ServedModel
from keras_semsynth.page.server import load_model
from keras_semsynth.page.server import serve

__all__ = [
    "LocalModel",
    "QueueFull",
    "RenderQueue",
    "ServedModel",
    "load_model",
    "serve",
]
