"""Checks of what a client is given, before anything is sent."""

import math
import numbers
import os

import numpy as np

from keras_semsynth.client.certificates import Certificates
from keras_semsynth.client.credentials import Credentials
from keras_semsynth.client.server_address import ServerAddress

# Longer waits overflow timers, and mean a mistake.
_DAY = 24 * 60 * 60


def checked_seconds(
    name: str, value: float, above: float | None = None
) -> float:
    """Checks a length of time.

    Args:
        name: str. What an error calls it.
        value: float. Seconds, at least 0 and at most a day.
        above: float or `None`. A value that is too small. Defaults to `None`.

    Returns:
        float.

    Raises:
        ValueError: If it is something else.
    """
    if (
        isinstance(value, bool)
        or not isinstance(value, numbers.Real)
        or not math.isfinite(value)
        or not 0 <= value <= _DAY
        or value == above
    ):
        least = "from" if above is None else "above"
        raise ValueError(
            f"`{name}` must be a number of seconds {least} 0 and at most "
            f"{_DAY}, a day. Received: {name}={value!r}."
        )
    return float(value)


def checked_retries(retries: int) -> int:
    """Checks how often something may be repeated.

    Args:
        retries: int.

    Returns:
        int, at least 0.

    Raises:
        ValueError: If it is something else.
    """
    if (
        isinstance(retries, bool)
        or not isinstance(retries, numbers.Integral)
        or retries < 0
    ):
        raise ValueError(
            "`retries` must be an integer, at least 0. Received: "
            f"retries={retries!r}."
        )
    return int(retries)


def checked_certificates(
    address: ServerAddress,
    authority: str | os.PathLike | None,
    client: str | os.PathLike | None,
) -> Certificates:
    """Reads certificates, which only TLS can use.

    Args:
        address: `ServerAddress`.
        authority: Path or `None`.
        client: Path or `None`.

    Returns:
        `Certificates`.

    Raises:
        ValueError: If a file cannot be used, or the address has no TLS.
    """
    certificates = Certificates(authority, client)
    if not address.secure and certificates != Certificates():
        raise ValueError(
            "`certificate_authority` and `client_certificate` are for TLS, but "
            f"{address.server} has none: use {address.scheme}s://."
        )
    return certificates


def checked_credentials(
    address: ServerAddress, credentials: Credentials | str | os.PathLike | None
) -> Credentials:
    """Finds credentials, and refuses to send them where others can read them.

    Args:
        address: `ServerAddress`.
        credentials: `Credentials`, the path of a file, or `None` for those
            of the environment.

    Returns:
        `Credentials`, perhaps empty.

    Raises:
        ValueError: If they cannot be read, or would be sent without TLS to
            another machine.
    """
    if credentials is None:
        credentials = Credentials.from_environment()
    elif not isinstance(credentials, Credentials):
        credentials = Credentials.from_file(credentials)
    if credentials.kind and not (address.secure or address.local):
        raise ValueError(
            f"The {credentials.kind} of {credentials.origin} is not sent to "
            f"{address.server}, as everybody on the way could read it: use "
            f"{address.scheme}s://, or a tunnel to localhost."
        )
    return credentials


def checked_seed(seed: int) -> int:
    """Checks the seed of a picture.

    Args:
        seed: int.

    Returns:
        int, from 0 to 2**31 - 1.

    Raises:
        ValueError: If it is something else.
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise ValueError(f"`seed` must be an integer. Received: seed={seed!r}.")
    if not 0 <= seed < 2**31:
        raise ValueError(
            f"`seed` must be between 0 and 2147483647. Received: seed={seed}."
        )
    return int(seed)
