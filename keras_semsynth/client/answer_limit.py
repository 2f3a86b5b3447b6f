"""How large an answer can be, known before it comes."""

import dataclasses

from keras_semsynth.client.errors import ServerFailedError

# Headers, framing and what compression adds to what cannot be compressed.
_SLACK = 64 * 1024
_MOST_STYLE_VALUES = 64 * 1024


@dataclasses.dataclass(frozen=True)
class AnswerLimit:
    """What an answer may hold at most.

    Args:
        values: int. Numbers or strings. Defaults to `2**26`.
        size: int. Bytes of them. Defaults to 256 MiB.
    """

    values: int = 2**26
    size: int = 2**28

    @classmethod
    def of_picture(cls, height: int, width: int) -> "AnswerLimit":
        """Returns the limit of a PNG of three bytes a pixel.

        Args:
            height: int.
            width: int.
        """
        # Uncompressed: three bytes a pixel and one a row.
        return cls(1, 4 * height * width + height + _SLACK)

    @classmethod
    def of_style(cls) -> "AnswerLimit":
        """Returns the limit of a style code."""
        # A number in JSON takes up to 25 characters.
        return cls(_MOST_STYLE_VALUES, 32 * _MOST_STYLE_VALUES)

    @property
    def json_size(self) -> int:
        """int. Bytes of the answer as JSON, in which strings are base64."""
        return self.size * 4 // 3 + _SLACK

    @property
    def message_size(self) -> int:
        """int. Bytes of the answer as a message of gRPC."""
        return self.size + _SLACK


def too_large(server: str, most: int) -> ServerFailedError:
    """Makes the error of an answer beyond its limit.

    Args:
        server: str. Who answered.
        most: int. Bytes that were accepted.
    """
    return ServerFailedError(
        f"{server} answered with more than the {most} bytes that an answer to "
        "this request can have, so it is no model of this package: correct the "
        "URL."
    )
