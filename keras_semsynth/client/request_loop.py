"""Requests of httpx that end on time, however slow the other side is."""

import asyncio
import contextvars
import dataclasses
import socket
import threading
import weakref
from collections.abc import Mapping
from concurrent import futures
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import httpx

# What an answer with an error is read of.
_MOST_OF_ERROR = 64 * 1024
# The loop ends a call by itself; this is for a loop that is held up.
_GRACE = 0.1
# The connections that a request opened.
_opened = contextvars.ContextVar("opened", default=None)


class TooLargeError(Exception):
    """The body is larger than what was accepted."""


class EncodedError(Exception):
    """The body is compressed, though nobody asked for that."""


@dataclasses.dataclass(frozen=True)
class Response:
    """What came: a status, headers with names in lower case, a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class RequestLoop:
    """Runs requests on an event loop in a thread of its own.

    The time limits of httpx are for each reading and writing, so a peer that
    drips holds a call as long as it likes. Here a call is a task, which is
    cancelled when its time is up, whatever it waits for: name resolution,
    connection, TLS, sending, headers or body. May be used by several threads.

    Args:
        http: `httpx.AsyncClient`.
    """

    def __init__(self, http: "httpx.AsyncClient"):
        self._http = http
        self._loop = _Loop()
        self._thread = threading.Thread(
            target=_run, args=(self._loop,), name="semsynth-client", daemon=True
        )
        self._thread.start()
        self._lock, self._closed = threading.Lock(), False
        self._stop = weakref.finalize(
            self, _stop, self._loop, self._thread, http
        )

    def post(
        self,
        url: str,
        body: bytes,
        headers: Mapping[str, str],
        timeout: float,
        most: int,
    ) -> Response:
        """Sends a request.

        Args:
            url: str.
            body: bytes.
            headers: Mapping.
            timeout: float. Seconds until the whole answer must be there.
            most: int. Bytes that an answer of status 200 may have; of others
                the beginning is read.

        Returns:
            `Response`.

        Raises:
            TimeoutError: If there is not the whole answer in time.
            CancelledError: Of `concurrent.futures`, if the loop was closed.
            TooLargeError: If the answer is larger.
            EncodedError: If it is compressed.
            httpx.HTTPError, ssl.SSLError: If there is no answer.
        """
        # What is handed over before the loop is told to end is ended by it.
        with self._lock:
            if self._closed:
                raise futures.CancelledError
            future = asyncio.run_coroutine_threadsafe(
                _post(self._http, url, body, headers, timeout, most),
                self._loop,
            )
        try:
            return future.result(timeout + _GRACE)
        finally:
            future.cancel()

    def close(self) -> None:
        """Ends what is under way, and the thread."""
        with self._lock:
            self._closed = True
        self._stop()


async def _post(http, url, body, headers, timeout, most):
    transports = []
    _opened.set(transports)
    try:
        async with asyncio.timeout(timeout):
            async with http.stream(
                "POST", url, content=body, headers=headers
            ) as response:
                return await _read(response, most)
    except BaseException:
        # httpcore forgets a connection whose handshake is cancelled.
        for transport in transports:
            transport.abort()
        raise


async def _read(response, most):
    good = response.status_code == 200
    encoding = response.headers.get("content-encoding") or "identity"
    if not good:
        most = _MOST_OF_ERROR
    elif encoding != "identity":
        raise EncodedError(encoding)
    elif _length(response) > most:
        raise TooLargeError
    content = bytearray()
    async for chunk in response.aiter_raw():
        content += chunk
        if len(content) > most:
            if good:
                raise TooLargeError
            break
    return Response(
        response.status_code, dict(response.headers), bytes(content[:most])
    )


def _length(response):
    try:
        return int(response.headers.get("content-length", 0))
    except ValueError:
        return 0


class _Loop(asyncio.SelectorEventLoop):
    async def create_connection(self, *arguments, **options):
        """Tells the request what was opened for it."""
        pair = await super().create_connection(*arguments, **options)
        transports = _opened.get()
        if transports is not None:
            transports.append(pair[0])
        return pair

    async def getaddrinfo(
        self, host, port, *, family=0, type=0, proto=0, flags=0
    ):
        """Resolves a name in a thread that nobody has to wait for.

        Those of `asyncio` hold up the end of the process until the last name
        server was asked in vain.
        """
        found = self.create_future()

        def resolve():
            try:
                result = socket.getaddrinfo(
                    host, port, family, type, proto, flags
                )
            except Exception as error:
                self._tell(_fail, found, error)
            else:
                self._tell(_answer, found, result)

        threading.Thread(target=resolve, daemon=True).start()
        return await found

    def _tell(self, *arguments):
        try:
            self.call_soon_threadsafe(*arguments)
        except RuntimeError:
            pass  # closed in the meantime


def _run(loop):
    try:
        loop.run_forever()
    finally:
        # Here, since nobody else may wait until the loop has come to its end.
        loop.close()


def _answer(future, result):
    if not future.done():
        future.set_result(result)


def _fail(future, error):
    if not future.done():
        future.set_exception(error)


def _stop(loop, thread, http):
    async def end():
        # Tasks of anyio are left to those that began them.
        posts = [
            task
            for task in asyncio.all_tasks()
            if task.get_coro().__name__ == _post.__name__
        ]
        for task in posts:
            task.cancel()
        await asyncio.wait_for(
            asyncio.gather(*posts, return_exceptions=True), 1.0
        )
        await http.aclose()

    async def end_and_stop():
        try:
            await end()
            # Transports say goodbye in the next turns of the loop.
            for _ in range(3):
                await asyncio.sleep(0)
        finally:
            loop.stop()

    if thread.is_alive():  # not so in a child process
        asyncio.run_coroutine_threadsafe(end_and_stop(), loop)
        if threading.current_thread() is thread:
            return  # the last reference went away in the loop itself
        thread.join(2.0)
