"""The web application of the painting page."""

import asyncio
import concurrent.futures
import contextlib
import secrets
import time
from collections.abc import Collection

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse
from starlette.responses import Response
from starlette.routing import Route

from keras_semsynth.client import errors as client_errors
from keras_semsynth.data.label_rule import UnknownLabelError
from keras_semsynth.files.images import ImageError
from keras_semsynth.files.images import TooManyPixelsError
from keras_semsynth.files.images import encode_png
from keras_semsynth.page.guard import Guard
from keras_semsynth.page.layouts import describe_classes
from keras_semsynth.page.layouts import read_file
from keras_semsynth.page.layouts import read_ids
from keras_semsynth.page.limits import Limits
from keras_semsynth.page.local_model import LocalModel
from keras_semsynth.page.notices import Notices
from keras_semsynth.page.notices import network_of
from keras_semsynth.page.render_queue import QueueFull
from keras_semsynth.page.render_queue import RenderQueue
from keras_semsynth.page.request_body import RequestBodies
from keras_semsynth.page.served_model import ServedModel
from keras_semsynth.page.static_files import static_routes
from keras_semsynth.page.wire_looks import LAST_SEED
from keras_semsynth.page.wire_looks import decode_code
from keras_semsynth.page.wire_looks import encode_code
from keras_semsynth.page.wire_looks import read_class_looks

_NO_STORE = {"Cache-Control": "no-store"}
# PNGs that are decoded or written at a time: each takes some 16 MiB, and more
# of them than cores would not be done sooner.
_WORKERS = 4


def create_app(
    model: LocalModel | ServedModel,
    max_waiting: int = 16,
    max_batch: int | None = None,
    max_pixels: int = 1024 * 1024,
    max_bytes: int = 4 * 2**20,
    max_photograph_bytes: int = 16 * 2**20,
    max_total_bytes: int = 64 * 2**20,
    hosts: Collection[str] | None = None,
    limits: Limits | None = None,
    notices: Notices | None = None,
) -> Guard:
    """Makes the application: the page and its programming interface.

    | request | answer |
    | --- | --- |
    | `GET /` | the page |
    | `GET /api/model` | JSON: classes, sizes, what the model can do |
    | `GET /api/example?number=3` | PNG of ids: a layout to start from |
    | `POST /api/image?seed=7` | PNG of ids in, PNG of the picture out |
    | `POST /api/layout` | layout file in, PNG of ids out |
    | `POST /api/style` | photograph in, JSON with its style code out |

    With a picture, the header `Semsynth-Style` is a style code, and
    `Semsynth-Class-Looks` the looks of classes, see `read_class_looks`.

    Args:
        model: `LocalModel` or `ServedModel`.
        max_waiting: int. Requests that may wait for the model; a further one
            gets status 503. Defaults to `16`.
        max_batch: int. Layouts of one size that are rendered together.
            Defaults to what suits the model.
        max_pixels: int. Of a layout. Defaults to `1024 * 1024`.
        max_bytes: int. Of a layout file. Defaults to 4 MiB.
        max_photograph_bytes: int. Of a photograph. Defaults to 16 MiB.
        max_total_bytes: int. Of all files that arrive or are worked on at a
            time. Defaults to 64 MiB.
        hosts: Collection of str. Names under which the page may be asked for.
            Defaults to `None`, any.
        limits: `Limits`. Defaults to its defaults.
        notices: `Notices`. Defaults to its own.

    Returns:
        ASGI application: a `Guard` around a `Starlette`.
    """
    page = _Page(
        model,
        RenderQueue(
            lambda kind, jobs: _run(model, kind, jobs),
            model.threads,
            max_waiting,
            max_batch or model.max_batch,
        ),
        RequestBodies(max_total_bytes),
        max_pixels,
        max_bytes,
        max_photograph_bytes,
    )
    notices = notices or Notices()

    async def gone(request, _):
        notices.add(
            "Requests cut off before all had come",
            network_of(request.client and request.client.host),
        )
        return Response(status_code=400)  # which nobody reads

    @contextlib.asynccontextmanager
    async def lifespan(_):
        yield
        page.close()

    app = Starlette(
        routes=[
            *static_routes(),
            Route("/api/model", page.describe),
            Route("/api/example", page.example),
            Route("/api/image", page.image, methods=["POST"]),
            Route("/api/layout", page.layout, methods=["POST"]),
            Route("/api/style", page.style, methods=["POST"]),
        ],
        exception_handlers={
            ClientDisconnect: gone,
            HTTPException: _http_error,
            QueueFull: _queue_full,
            TooManyPixelsError: _error(413),
            ImageError: _error(400),
            UnknownLabelError: _error(422),
            client_errors.OverloadedError: _error(503, {"Retry-After": "2"}),
            client_errors.DeadlineError: _error(504),
            client_errors.RefusedError: _error(422),
            client_errors.ServingError: _error(502),
            Exception: _error(500, text="The server made a mistake."),
        },
        lifespan=lifespan,
    )
    app.state.page = page
    # Around all of it: also what goes wrong in Starlette gets the headers.
    return Guard(app, hosts, limits, notices)


class _Page:
    def __init__(
        self, model, queue, bodies, max_pixels, max_bytes, max_photograph
    ):
        self.model = model
        self.queue = queue
        self.bodies = bodies
        self.workers = concurrent.futures.ThreadPoolExecutor(_WORKERS)
        self.max_pixels = max_pixels
        self.max_bytes = max_bytes
        self.max_photograph = max_photograph

    def close(self):
        self.queue.close()
        self.workers.shutdown(wait=False, cancel_futures=True)

    async def describe(self, request):
        model = self.model
        height, width = model.image_size
        return JSONResponse(
            {
                "name": model.name,
                "dataset": model.dataset_name,
                **describe_classes(model.classes),
                "width": width,
                "height": height,
                "seed": model.has_seed,
                "style": model.has_style,
                "class_looks": model.has_class_looks,
                "class_styles": model.has_class_styles,
                "examples": model.examples is not None,
                "max_pixels": self.max_pixels,
                "max_bytes": self.max_bytes,
                "max_photograph_bytes": self.max_photograph,
            },
            headers=_NO_STORE,
        )

    async def example(self, request):
        if self.model.examples is None:
            raise HTTPException(404, "This model has no example layouts.")
        number = _whole_number(request, "number", 0, 10**6)
        layout = await self._work(self.model.examples, number)
        return await self._png_response(_smallest(layout))

    async def image(self, request):
        started = time.monotonic()
        seed = secrets.randbelow(LAST_SEED + 1)
        seed = _whole_number(request, "seed", seed, LAST_SEED)
        style = self._style_of(request)
        class_looks = self._class_looks_of(request)
        layout = await self._read_layout(request, read_ids)
        image = await self._queued(
            request,
            ("image", layout.shape),
            (layout, seed, style, class_looks),
        )
        milliseconds = 1000 * (time.monotonic() - started)
        return await self._png_response(
            image,
            {
                "Semsynth-Seed": str(seed),
                "Server-Timing": f"total;dur={milliseconds:.0f}",
            },
        )

    async def layout(self, request):
        layout = await self._read_layout(request, read_file)
        return await self._png_response(_smallest(layout))

    async def style(self, request):
        if not self.model.has_style:
            raise HTTPException(404, "This model has no style encoder.")
        async with self.bodies.read(
            request, self.max_photograph, ("image/png", "image/jpeg")
        ) as data:
            # Photographs may have many more pixels than a layout.
            code = await self._queued(request, "style", (data, 2**25))
        return JSONResponse({"style": encode_code(code)}, headers=_NO_STORE)

    async def _read_layout(self, request, read):
        async with self.bodies.read(
            request, self.max_bytes, ("image/png",)
        ) as data:
            return await self._work(
                read, self.model.classes, data, self.max_pixels
            )

    async def _png_response(self, image, headers=None):
        data = await self._work(encode_png, image, 4)
        return Response(
            data,
            media_type="image/png",
            headers={**_NO_STORE, **(headers or {})},
        )

    async def _work(self, function, *arguments):
        """Calls a function that computes, in a thread."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.workers, function, *arguments)

    def _style_of(self, request):
        """Returns the style code in the header of a request, or `None`."""
        text = request.headers.get("semsynth-style")
        if text is None:
            return None
        if not self.model.has_style:
            raise HTTPException(400, "This model takes no style.")
        return _header(
            "Semsynth-Style", decode_code, text, self.model.style_dim
        )

    def _class_looks_of(self, request):
        """Returns the looks of classes in the header of a request."""
        text = request.headers.get("semsynth-class-looks")
        if text is None:
            return {}
        model = self.model
        if not model.has_class_looks:
            raise HTTPException(400, "This model has one look for all classes.")
        return _header(
            "Semsynth-Class-Looks",
            read_class_looks,
            text,
            len(model.classes),
            model.style_dim if model.has_class_styles else None,
        )

    async def _queued(self, request, kind, job):
        """Waits for a job; gives it up when the asker has gone."""
        future = asyncio.wrap_future(self.queue.submit(kind, job))
        gone = asyncio.ensure_future(_disconnected(request))
        try:
            await asyncio.wait(
                {future, gone}, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            gone.cancel()
            if not future.done():
                future.cancel()
        if future.cancelled():
            raise QueueFull(1)  # nobody reads this, or the server stops
        return future.result()


def _run(model, kind, jobs):
    if kind == "style":
        return [model.style_code(*job) for job in jobs]
    return model.images(*map(list, zip(*jobs, strict=True)))


async def _disconnected(request):
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            return


def _header(name, read, *arguments):
    """Reads a header; what is wrong with it is status 400."""
    try:
        return read(*arguments)
    except ValueError as error:
        raise HTTPException(400, f"The header {name} {error}") from error


def _whole_number(request, name, default, highest):
    text = request.query_params.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 12):
        number = -1
    else:
        number = int(text)
    if not 0 <= number <= highest:
        raise HTTPException(
            400, f"{name} must be a whole number from 0 to {highest}."
        )
    return number


def _smallest(layout):
    return layout.astype("uint8" if layout.max() < 256 else "uint16")


def _error(status, headers=None, text=None):
    async def handle(request, error):
        content = {"error": text or " ".join(str(error).split())}
        return JSONResponse(content, status, {**_NO_STORE, **(headers or {})})

    return handle


async def _http_error(request, error):
    return JSONResponse(
        {"error": error.detail}, error.status_code, error.headers
    )


async def _queue_full(request, error):
    headers = {"Retry-After": str(error.retry_after), **_NO_STORE}
    return JSONResponse({"error": str(error)}, 503, headers)
