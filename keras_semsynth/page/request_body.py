"""Reads the body of a request, but never more than is welcome."""

import asyncio

from starlette.exceptions import HTTPException
from starlette.requests import Request

SECONDS = 30


async def read_body(
    request: Request, max_bytes: int, media_types: tuple[str, ...]
) -> bytes:
    """Reads a body.

    Args:
        request: `starlette.requests.Request`.
        max_bytes: int.
        media_types: Tuple of the media types that are accepted. A browser
            asks before it sends one of these to a foreign site, so no other
            page can use this server.

    Returns:
        bytes.

    Raises:
        HTTPException: If it is too large, too slow, empty, or of another type.
    """
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() not in media_types:
        raise HTTPException(
            415, f"The Content-Type must be {' or '.join(media_types)}."
        )
    announced = request.headers.get("content-length", "0")
    if announced.isdigit() and int(announced) > max_bytes:
        raise _too_large(max_bytes)
    try:
        async with asyncio.timeout(SECONDS):
            return await _read(request, max_bytes)
    except TimeoutError:
        raise HTTPException(
            408, f"The file did not arrive within {SECONDS} seconds."
        ) from None


async def _read(request, max_bytes):
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > max_bytes:
            raise _too_large(max_bytes)
        parts.append(part)
    if not size:
        raise HTTPException(400, "The body is empty: send a PNG file.")
    return b"".join(parts)


def _too_large(max_bytes):
    return HTTPException(
        413,
        f"The file is too large: at most {max_bytes} bytes are accepted here.",
        headers={"Connection": "close"},
    )
