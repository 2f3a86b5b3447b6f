"""The files of the page, read once: no request ever names a path on disk."""

import hashlib
import pathlib

from starlette.responses import Response
from starlette.routing import Route

_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


def static_routes() -> list[Route]:
    """Returns a route for each file of the page.

    Returns:
        List of `starlette.routing.Route`.
    """
    folder = pathlib.Path(__file__).parent / "static"
    routes = []
    for file in sorted(folder.iterdir()):
        if file.suffix in _TYPES:
            name = "" if file.name == "index.html" else f"static/{file.name}"
            endpoint = _endpoint(file.read_bytes(), _TYPES[file.suffix])
            routes.append(Route(f"/{name}", endpoint))
    return routes


def _endpoint(content, media_type):
    tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
    headers = {
        "Cache-Control": "no-cache",
        "ETag": tag,
        "Content-Type": media_type,
    }

    async def send(request):
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(content, headers=headers)

    return send
