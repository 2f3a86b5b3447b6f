"""Checks of constructor arguments, with one wording everywhere."""

import math

# Bounds far beyond every paper, so that making a network comes to an end: of
# layers in a row, and of halvings (2**16 pixels become one).
MOST_LAYERS = 100
MOST_HALVINGS = 16


def check_at_least(minimum: int, **arguments) -> None:
    """Raises `ValueError` unless every argument is an int >= `minimum`.

    Args:
        minimum: int.
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if not isinstance(value, int) or value < minimum:
            raise ValueError(
                f"`{name}` must be an integer of at least {minimum}. "
                f"Received: {name}={value}."
            )


def check_within(least: int, most: int, **arguments) -> None:
    """Raises `ValueError` unless every argument is an int of a range.

    Args:
        least: int.
        most: int.
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if not isinstance(value, int) or not least <= value <= most:
            raise ValueError(
                f"`{name}` must be an integer from {least} to {most}. "
                f"Received: {name}={value}."
            )


def check_positive(**arguments) -> None:
    """Raises `ValueError` unless every argument is a number above 0.

    NaN and infinity are none: training would go on with them in silence.

    Args:
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if not 0 < value < math.inf:
            raise ValueError(
                f"`{name}` must be positive and finite. "
                f"Received: {name}={value}."
            )


def check_not_negative(**arguments) -> None:
    """Raises `ValueError` unless every argument is a number of at least 0.

    Args:
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if not 0 <= value < math.inf:
            raise ValueError(
                f"`{name}` must be a finite number of at least 0. "
                f"Received: {name}={value}."
            )


def check_seed(**arguments) -> None:
    """Raises `ValueError` unless every argument is a seed that Keras takes.

    Args:
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if not 0 <= value < 2**32:
            raise ValueError(
                f"`{name}` must be a whole number from 0 to {2**32 - 1}. "
                f"Received: {name}={value}."
            )


def check_share(**arguments) -> None:
    """Raises `ValueError` unless every argument is in `[0, 1)`.

    Args:
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if not 0 <= value < 1:
            raise ValueError(
                f"`{name}` must be in [0, 1). Received: {name}={value}."
            )


def check_odd(**arguments) -> None:
    """Raises `ValueError` unless every argument is a positive odd int.

    Args:
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if not isinstance(value, int) or value < 1 or value % 2 != 1:
            raise ValueError(
                f"`{name}` must be a positive odd integer. "
                f"Received: {name}={value}."
            )


def check_choice(choices: tuple, **arguments) -> None:
    """Raises `ValueError` unless every argument is one of `choices`.

    Args:
        choices: tuple of str.
        **arguments: The arguments under their own names.
    """
    for name, value in arguments.items():
        if value not in choices:
            raise ValueError(
                f"`{name}` must be one of {choices}. "
                f"Received: {name}={value!r}."
            )
