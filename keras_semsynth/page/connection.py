"""One connection to the page."""

import enum
import http
import json
import logging
from typing import TYPE_CHECKING

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from keras_semsynth.page.notices import network_of

if TYPE_CHECKING:
    import asyncio

    from keras_semsynth.page.doorkeeper import Doorkeeper

# Its warnings come once a request; the doorkeeper counts them instead.
_ERRORS = logging.getLogger("uvicorn.error.page")
_ERRORS.setLevel(logging.ERROR)

# Bytes that are read at a time. h11 needs a tenth of a millisecond for a chunk,
# also of one byte, and meanwhile nobody else is answered.
PIECE = 4096


class Stage(enum.IntEnum):
    """What a connection waits for. The least loss comes first."""

    HEAD = enum.auto()  # the headers of a request
    IDLE = enum.auto()  # another request
    BODY = enum.auto()  # the body of a request
    ANSWER = enum.auto()  # its peer, who must take the answer
    WORK = enum.auto()  # this server


class Connection(H11Protocol):
    """Uvicorn's HTTP/1.1, under the eyes of a `Doorkeeper`.

    Args:
        doorkeeper: `Doorkeeper`.
        **options: What uvicorn gives to its protocols.
    """

    def __init__(self, doorkeeper: "Doorkeeper", **options):
        super().__init__(**options)
        self.doorkeeper = doorkeeper
        self.logger = _ERRORS
        self.address = ""
        self.seen = (Stage.HEAD, None)
        self.since = self.loop.time()
        # Bytes of the body that comes, and those of its chunks besides.
        self.payload = self.packing = 0

    @property
    def stage(self) -> Stage:
        """What it waits for now."""
        cycle = self.cycle
        if self.unsent:
            return Stage.ANSWER
        if cycle is not None and not cycle.response_complete:
            return Stage.BODY if cycle.more_body else Stage.WORK
        if self.timeout_keep_alive_task is not None:
            return Stage.IDLE
        return Stage.HEAD

    @property
    def unsent(self) -> int:
        """Bytes of answers that its peer has not taken yet."""
        return self.transport.get_write_buffer_size()

    def waited(self) -> float:
        """Returns for how many seconds it waits for the same thing."""
        now = self.loop.time()
        seen = (self.stage, self.cycle)
        if seen != self.seen:
            self.seen, self.since = seen, now
        return now - self.since

    @property
    def has_begun(self) -> bool:
        """Whether a part of a request has come."""
        return self.cycle is not None or bool(self.conn.trailing_data[0])

    def connection_made(self, transport: "asyncio.Transport") -> None:
        super().connection_made(transport)
        self.address = network_of(self.client and self.client[0])
        self.doorkeeper.enter(self)

    def connection_lost(self, error: Exception | None) -> None:
        self.doorkeeper.leave(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        for start in range(0, len(data), PIECE):
            # What still comes after the last answer is not worth reading.
            if self.transport.is_closing():
                return
            piece, cycle = data[start : start + PIECE], self.cycle
            before = len(cycle.body) if cycle else 0
            super().data_received(piece)
            if cycle is None or self.cycle is not cycle:
                self.payload = self.packing = 0
                continue
            payload = len(cycle.body) - before
            self.payload += payload
            self.packing += len(piece) - payload
            if self.packing > max(PIECE, self.payload) and cycle.more_body:
                self._refuse_chunks()

    def _refuse_chunks(self):
        self.doorkeeper.notices.add(
            "Requests whose chunks hold next to nothing", self.address
        )
        self.refuse(400, "The chunks of the body are too small.")

    def send_400_response(self, message: str) -> None:
        self.doorkeeper.notices.add("Requests that are no HTTP", self.address)
        self.refuse(400, "This is no HTTP/1.1 request.")

    def _unsupported_upgrade_warning(self) -> None:
        pass  # it is answered as if it had not asked for another protocol

    def refuse(self, status: int, text: str) -> None:
        """Answers without asking the application, and closes.

        Args:
            status: int. Status of HTTP.
            text: str. What is wrong, one sentence.
        """
        self._end_cycle()
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            # It has had its answer, or a part, and a second one would be none.
            self.transport.close()
            return
        body = json.dumps({"error": text}).encode()
        retry = "Retry-After: 1\r\n" if status == 503 else ""
        head = (
            f"HTTP/1.1 {status} {http.HTTPStatus(status).phrase}\r\n"
            "Content-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n"
            "Cache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\n"
            f"{retry}Connection: close\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def drop(self) -> None:
        """Ends it without an answer, at once."""
        self._end_cycle()
        self.transport.abort()

    def shutdown(self) -> None:
        """Ends it once the request under way is answered."""
        if not self.transport.is_closing():
            super().shutdown()

    def _end_cycle(self):
        """Tells the application that its peer has gone."""
        if self.cycle is not None and not self.cycle.response_complete:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            self.flow.resume_writing()
