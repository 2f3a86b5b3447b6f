"""Where a run trains: one device, several, or several processes."""

from keras_semsynth.training.strategies.choice import open_strategy
from keras_semsynth.training.strategies.strategy import Strategy

__all__ = ["Strategy", "open_strategy"]
