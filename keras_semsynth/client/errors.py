"""What can go wrong between a client and a model server.

Each is also the built-in exception that fits, so that a program that knows
nothing of this module can still tell bad input from a broken connection.
"""


class ServingError(Exception):
    """Base of all errors of `keras_semsynth.client.Client`."""


class RefusedError(ServingError, ValueError):
    """The model refused what was sent: wrong ids, wrong size, a broken PNG."""


class WrongModelError(ServingError, ValueError):
    """The server has no such model, or the model no such signature."""


class AccessError(ServingError, PermissionError):
    """The server does not know who asks, or does not let this one in."""


class ClosedError(ServingError, ConnectionError):
    """The client was closed, perhaps while it waited for an answer."""


class ServerDownError(ServingError, ConnectionError):
    """Nobody answers at the address."""


class ServerFailedError(ServingError, ConnectionError):
    """The server answered, but with a fault of its own."""


class OverloadedError(ServingError, ConnectionError):
    """The server has too much to do.

    Args:
        message: str.
        retry_after: float or `None`. Seconds that the server asks to wait.
            Defaults to `None`.
    """

    def __init__(self, message: str, retry_after: float | None = None):
        super().__init__(message)
        self.retry_after = retry_after


class DeadlineError(ServingError, TimeoutError):
    """There was no answer in time."""
