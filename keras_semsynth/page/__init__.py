"""The painting page: its model, queue and web application."""

from keras_semsynth.page.render_queue import QueueFull
from keras_semsynth.page.render_queue import RenderQueue

__all__ = ["QueueFull", "RenderQueue"]
