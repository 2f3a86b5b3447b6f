"""The bodies of requests: no more, and no longer, than is welcome."""

import asyncio
import collections
import contextlib
from collections.abc import AsyncIterator

from starlette.exceptions import HTTPException
from starlette.requests import Request

from keras_semsynth.page.notices import network_of


class RequestBodies:
    """Reads bodies and bounds what all of them hold of the memory.

    When they hold too much, a body that still arrives is given up: the
    largest of the address that sends most. A small one of somebody else comes
    through, whatever others send.

    Args:
        total_bytes: int. Of all bodies that arrive or are worked on.
        seconds: float. In which a body must have come. Defaults to `30`.
    """

    def __init__(self, total_bytes: int, seconds: float = 30):
        self.total_bytes = total_bytes
        self.seconds = seconds
        self._held = 0
        self._arriving = set()

    @contextlib.asynccontextmanager
    async def read(
        self, request: Request, max_bytes: int, media_types: tuple[str, ...]
    ) -> AsyncIterator[bytes]:
        """Reads a body; it counts until the context ends.

        Args:
            request: `starlette.requests.Request`.
            max_bytes: int.
            media_types: Tuple of the media types that are accepted. A browser
                asks before it sends one of these to a foreign site, so no
                other page can use this server.

        Yields:
            bytes.

        Raises:
            HTTPException: If it is too large, too slow, empty, or of another
                type, or if all bodies together are too large.
        """
        _check_head(request, max_bytes, media_types)
        body = _Body(network_of(request.client and request.client.host))
        self._arriving.add(body)
        try:
            try:
                async with asyncio.timeout(self.seconds) as body.time:
                    await self._fill(body, request, max_bytes)
            except TimeoutError:
                if body.is_refused:
                    raise _too_much() from None
                raise _too_slow(self.seconds) from None
            finally:
                self._arriving.discard(body)
            data = b"".join(body.parts)
            body.parts.clear()
            yield data
        finally:
            self._held -= body.size

    async def _fill(self, body, request, max_bytes):
        async for part in request.stream():
            if body.is_refused:
                raise _too_much()
            body.size += len(part)
            self._held += len(part)
            if body.size > max_bytes:
                raise _too_large(max_bytes)
            body.parts.append(part)
            if self._held > self.total_bytes:
                self._refuse_one(body)
        if body.is_refused:
            raise _too_much()
        if not body.size:
            raise HTTPException(400, "The body is empty: send a PNG file.")

    def _refuse_one(self, newest):
        sent = collections.Counter()
        for body in self._arriving:
            sent[body.address] += body.size
        largest = max(
            self._arriving, key=lambda body: (sent[body.address], body.size)
        )
        self._held -= largest.size
        largest.size = 0
        largest.parts.clear()
        largest.is_refused = True
        if largest is newest:
            raise _too_much()
        if not largest.time.expired():
            largest.time.reschedule(0)  # its reader wakes up, and answers


class _Body:
    def __init__(self, address):
        self.address = address
        self.parts = []
        self.size = 0
        self.time = None
        self.is_refused = False


def _check_head(request, max_bytes, media_types):
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() not in media_types:
        raise HTTPException(
            415, f"The Content-Type must be {' or '.join(media_types)}."
        )
    announced = request.headers.get("content-length", "0")
    if len(announced) > 18 or int(announced) > max_bytes:
        raise _too_large(max_bytes)


def _too_large(max_bytes):
    return HTTPException(
        413,
        f"The file is too large: at most {max_bytes} bytes are accepted here.",
        headers={"Connection": "close"},
    )


def _too_slow(seconds):
    return HTTPException(
        408,
        f"The file did not arrive within {seconds:g} seconds.",
        headers={"Connection": "close"},
    )


def _too_much():
    return HTTPException(
        503,
        "Too many large files arrive at the same time. Try again in 2 s.",
        headers={"Connection": "close", "Retry-After": "2"},
    )
