"""What the page grants to those who connect to it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Limits:
    """Times and numbers that keep a slow peer from keeping others out.

    Attributes:
        connections: int. Connections at a time. Defaults to `256`.
        per_address: int. Connections of one address at a time. Defaults to
            `32`.
        burst: int. Connections that may come beyond these for a tenth of a
            second, until it is clear who sends something. Defaults to `128`.
        head_seconds: float. From the first byte of a request, or from the
            start of a connection, to the end of the request's headers.
            Defaults to `10`.
        idle_seconds: int. Between an answer and the next request. Defaults to
            `30`.
        answer_seconds: float. In which an answer must be taken. Defaults to
            `60`.
        answer_bytes: int. Of all answers that are not taken yet. Defaults to
            64 MiB.
        stop_seconds: int. For what is under way when the server is stopped.
            Defaults to `8`: container runtimes kill after ten.
        head_bytes: int. Of a request's line and headers. Defaults to 16 KiB.
        headers: int. Number of a request's headers. Defaults to `100`.
    """

    connections: int = 256
    per_address: int = 32
    burst: int = 128
    head_seconds: float = 10
    idle_seconds: int = 30
    answer_seconds: float = 60
    answer_bytes: int = 64 * 2**20
    stop_seconds: int = 8
    head_bytes: int = 16 * 2**10
    headers: int = 100
