"""Headers of every answer, and what is refused before it is looked at."""

import asyncio
from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

from keras_semsynth.page.limits import Limits
from keras_semsynth.page.notices import Notices

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' blob: data:; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


_FOREIGN = (
    "This page is served to its own machine only: open it as "
    "http://127.0.0.1 or http://localhost, or serve it to others too (host "
    "0.0.0.0).\n"
)


class Guard:
    """ASGI middleware: adds headers, refuses foreign names and odd requests.

    A page that is served to this machine alone must not answer under a name
    that somebody else's DNS points here. Starlette decides what is foreign;
    the answer says what to do.

    Whatever goes wrong inside ends here: mistakes are counted, and a request
    that the server gives up when it stops gets an answer.

    Args:
        app: ASGI application.
        hosts: Collection of str or `None` for any.
        limits: `Limits`. Defaults to its defaults.
        notices: `Notices`. Defaults to its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        hosts: Collection[str] | None = None,
        limits: Limits | None = None,
        notices: Notices | None = None,
    ):
        self.app = app
        self.hosts = None if hosts is None else list(hosts)
        self.limits = limits or Limits()
        self.notices = notices or Notices()

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = False

        async def send_guarded(message):
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        try:
            app = await self._choose(scope, receive)
            await app(scope, receive, send_guarded)
        except asyncio.CancelledError:
            # The server stops, and its patience is at an end.
            if not started:
                answer = _refusal(503, "The server stops.")
                await answer(scope, receive, send_guarded)
        except Exception as error:
            # Starlette has answered and raises it again, for the log.
            self.notices.add_mistake(error)

    async def _choose(self, scope, receive):
        """Returns what answers a request: the application, or a refusal."""
        if scope["http_version"] not in ("1.0", "1.1"):
            return _refusal(505, "This server speaks HTTP/1.1.")
        headers = scope["headers"]
        size = len(scope["raw_path"]) + len(scope["query_string"])
        if size > self.limits.head_bytes // 2:
            return _refusal(414, "The address is too long.")
        size += sum(len(name) + len(value) for name, value in headers)
        if size > self.limits.head_bytes or len(headers) > self.limits.headers:
            return _refusal(431, "The headers are too long, or too many.")
        names = {name for name, _ in headers}
        if {b"content-length", b"transfer-encoding"} <= names:
            # Servers do not agree on which of the two counts.
            return _refusal(400, "The request has two lengths.")
        chosen = PlainTextResponse(_FOREIGN, 421)

        async def accept(*_):
            nonlocal chosen
            chosen = self.app

        async def drop(_):
            pass

        check = TrustedHostMiddleware(accept, self.hosts, www_redirect=False)
        await check(scope, receive, drop)
        return chosen


def _refusal(status, text):
    headers = {"Cache-Control": "no-store", "Connection": "close"}
    return JSONResponse({"error": text}, status, headers)
