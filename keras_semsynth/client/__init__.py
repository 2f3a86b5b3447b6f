"""A client of TensorFlow Serving, over REST and gRPC."""

from keras_semsynth.client.client import Client
from keras_semsynth.client.errors import DeadlineError
from keras_semsynth.client.errors import OverloadedError
from keras_semsynth.client.errors import RefusedError
from keras_semsynth.client.errors import ServerDownError
from keras_semsynth.client.errors import ServerFailedError
from keras_semsynth.client.errors import ServingError
from keras_semsynth.client.errors import WrongModelError
from keras_semsynth.client.folder_synthesis import synthesize_folder

__all__ = [
    "Client",
    "DeadlineError",
    "OverloadedError",
    "RefusedError",
    "ServerDownError",
    "ServerFailedError",
    "ServingError",
    "WrongModelError",
    "synthesize_folder",
]
