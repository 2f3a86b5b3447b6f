"""Headers of every answer, and the names the page answers to."""

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse

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


class Guard:
    """ASGI middleware: adds headers, refuses foreign host names.

    A page that is served to this machine alone must not answer under a name
    that somebody else's DNS points here.

    Args:
        app: ASGI application.
        hosts: Collection of str or `None` for any.
    """

    def __init__(self, app, hosts=None):
        self.app = app
        self.hosts = None if hosts is None else frozenset(hosts)

    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_guarded(message):
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        app = self.app
        if self.hosts is not None and _host(scope) not in self.hosts:
            app = PlainTextResponse(
                "This page is served to its own machine only: open it as "
                "http://127.0.0.1 or http://localhost, or start it with "
                "--host=0.0.0.0.\n",
                421,
            )
        await app(scope, receive, send_guarded)


def _host(scope):
    for name, value in scope["headers"]:
        if name == b"host":
            host = value.decode("latin-1").lower()
            if host.startswith("["):
                return host.partition("]")[0] + "]"
            return host.partition(":")[0]
    return ""
