"""A client of TensorFlow Serving, over REST and gRPC."""

from keras_semsynth.client.client import Client
from keras_semsynth.client.credentials import Credentials
from keras_semsynth.client.errors import AccessError
from keras_semsynth.client.errors import ClosedError
from keras_semsynth.client.errors import DeadlineError
from keras_semsynth.client.errors import OverloadedError
from keras_semsynth.client.errors import RefusedError
from keras_semsynth.client.errors import ServerDownError
from keras_semsynth.client.errors import ServerFailedError
from keras_semsynth.client.errors import ServingError
from keras_semsynth.client.errors import WrongModelError
from keras_semsynth.client.folder_synthesis import synthesize_folder

__all__ = [
    "AccessError",
    "Client",
    "ClosedError",
    "Credentials",
    "DeadlineError",
    "OverloadedError",
    "RefusedError",
    "ServerDownError",
    "ServerFailedError",
    "ServingError",
    "WrongModelError",
    "synthesize_folder",
]
