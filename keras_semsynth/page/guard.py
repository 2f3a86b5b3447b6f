"""Headers of every answer, and the names the page answers to."""

from collections.abc import Collection

from starlette.datastructures import MutableHeaders
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp
from starlette.types import Receive
from starlette.types import Scope
from starlette.types import Send

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
    """ASGI middleware: adds headers, refuses foreign host names.

    A page that is served to this machine alone must not answer under a name
    that somebody else's DNS points here. Starlette decides what is foreign;
    the answer says what to do.

    Args:
        app: ASGI application.
        hosts: Collection of str or `None` for any.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str] | None = None):
        self.app = app
        self.hosts = None if hosts is None else list(hosts)

    async def __call__(
        self, scope: Scope, receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        app = PlainTextResponse(_FOREIGN, 421)

        async def accept(*_):
            nonlocal app
            app = self.app

        async def drop(_):
            pass

        check = TrustedHostMiddleware(accept, self.hosts, www_redirect=False)
        await check(scope, receive, drop)
        await app(scope, receive, send_guarded)
