"""Serves the painting page until it is interrupted."""

import os
import socket
import sys
import threading
import webbrowser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras_semsynth.page.local_model import LocalModel
    from keras_semsynth.page.served_model import ServedModel

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    run: str | os.PathLike = "landscapes",
    backend: str | None = None,
    credentials: str | os.PathLike | None = None,
    certificate_authority: str | os.PathLike | None = None,
    client_certificate: str | os.PathLike | None = None,
    host: str = "127.0.0.1",
    port: int = 8000,
    max_waiting: int = 16,
    max_batch: int | None = None,
    max_pixels: int = 1024 * 1024,
    max_connections: int = 256,
    max_connections_per_address: int = 32,
    open: bool = True,
) -> None:
    """Opens a page on which one paints a layout and sees the picture of it.

    The page is served until Ctrl-C or SIGTERM, to this machine alone unless
    `host` says otherwise. What is under way then has 8 seconds to end; a
    second Ctrl-C or SIGTERM ends it at once.

    Args:
        run: str. Run directory, `generator.keras`, or name of a model; with
            `backend` also an exported model. Defaults to `"landscapes"`, which
            comes with the package.
        backend: str or `None`. Address of a model in TensorFlow Serving that
            makes the pictures, e.g. `http://localhost:8501/v1/models/spade`.
            Without it, this process does. Defaults to `None`.
        credentials: str or `None`. File of one line, a token or
            `USER:PASSWORD`, for a `backend` that asks who comes. Without it
            those of the environment are sent: SEMSYNTH_TOKEN, or SEMSYNTH_USER
            and SEMSYNTH_PASSWORD. Defaults to `None`.
        certificate_authority: str or `None`. PEM file of the authorities that
            `backend` is trusted by, in place of the public ones. Defaults to
            `None`.
        client_certificate: str or `None`. PEM file of the certificate that is
            shown to `backend`, with its key. Defaults to `None`.
        host: str. Address to listen on. 0.0.0.0 lets everybody in who can
            reach this machine. Defaults to `"127.0.0.1"`.
        port: int. Port to listen on; 0 takes a free one. Defaults to `8000`.
        max_waiting: int. Requests that may wait for the model; further ones
            are told to come back later. Defaults to `16`.
        max_batch: int or `None`. Layouts of one size that are rendered
            together. Without it 4, on JAX and with `backend` 1. Defaults to
            `None`.
        max_pixels: int. Pixels that a layout may have. Defaults to `1048576`.
        max_connections: int. Connections at a time. When there are more, those
            that send and take least are closed. Defaults to `256`.
        max_connections_per_address: int. The same for those of one address.
            A proxy is one address: give it as many as `max_connections`.
            Defaults to `32`.
        open: bool. Whether the page opens in the browser of this desktop.
            Defaults to `True`.

    Raises:
        ImportError: If a package of the extra `serve` is missing.
        ValueError: If an argument is wrong or the port is taken.
    """
    _require_packages()
    for name, value, least in (
        ("max_waiting", max_waiting, 1),
        ("max_batch", 1 if max_batch is None else max_batch, 1),
        ("max_pixels", max_pixels, 64),
        ("max_connections", max_connections, 1),
        ("max_connections_per_address", max_connections_per_address, 1),
    ):
        if value < least:
            raise ValueError(
                f"`{name}` must be an integer of at least {least}. Received: "
                f"{name}={value}."
            )
    from keras_semsynth.page.app import create_app
    from keras_semsynth.page.limits import Limits
    from keras_semsynth.page.notices import Notices
    from keras_semsynth.page.web_server import WebServer

    limits = Limits(max_connections, max_connections_per_address)
    notices = Notices()
    # The port first: a model takes seconds to load.
    with _listen(host, port) as connection:
        print("Loading the model ...", flush=True)
        model = load_model(
            run,
            backend,
            credentials=credentials,
            certificate_authority=certificate_authority,
            client_certificate=client_certificate,
        )
        model.warm_up()
        local = host in _LOOPBACK
        app = create_app(
            model,
            max_waiting=max_waiting,
            max_batch=max_batch,
            max_pixels=max_pixels,
            hosts=("127.0.0.1", "localhost", "[::1]") if local else None,
            limits=limits,
            notices=notices,
        )
        url = _url(host, connection.getsockname()[1])
        height, width = model.image_size
        print(
            f"{model.name}, {len(model.classes.names)} classes, {width} x "
            f"{height} pixels. Paint at {url} - Ctrl+C ends it.",
            flush=True,
        )
        if not local:
            print(
                "Note: everybody who can reach this machine can use the page.",
                flush=True,
            )
        if open and _has_desktop():
            threading.Timer(0.5, webbrowser.open, [url]).start()
        WebServer(app, limits, notices).run(sockets=[connection])


def load_model(
    run: str | os.PathLike = "landscapes",
    backend: str | None = None,
    **access: str | os.PathLike | None,
) -> "LocalModel | ServedModel":
    """Loads what makes the pictures.

    Args:
        run: Name or path; see `serve`. Defaults to `"landscapes"`.
        backend: str, address of a model in TensorFlow Serving. Defaults to
            `None`, this process.
        **access: How `backend` lets us in: `credentials`,
            `certificate_authority` and `client_certificate` of `Client`.

    Returns:
        `LocalModel` or `ServedModel`.

    Raises:
        ValueError: If an argument is wrong.
    """
    for name, value in access.items():
        if backend is None and value is not None:
            raise ValueError(
                f"`{name}` is for a server of models: name it with `backend`, "
                f"or leave `{name}` out."
            )
    if backend is None:
        from keras_semsynth.page.local_model import LocalModel

        return LocalModel.load(run)
    from keras_semsynth.client import Client
    from keras_semsynth.page.served_model import ServedModel

    client = Client(backend, timeout=30.0, retries=2, **access)
    return ServedModel.load(run, client)


def _require_packages():
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise ImportError(
            f"The painting page needs the package {error.name}: pip install "
            '"keras_semsynth[serve]".'
        ) from error


def _listen(host, port):
    if not 0 <= port <= 65535:
        raise ValueError(
            f"`port` must be an integer from 0 to 65535. Received: port={port}."
        )
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        connection = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise ValueError(
            f"`host={host}` is no address of this machine ({error.strerror}): "
            "leave it out, or give 127.0.0.1 or 0.0.0.0."
        ) from error
    try:
        if os.name == "posix":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(address)
        connection.listen(128)
    except OSError as error:
        connection.close()
        raise ValueError(
            f"`host={host}` `port={port}` cannot be used ({error.strerror}): "
            "choose another `port`, or `port=0` for a free one."
        ) from error
    return connection


def _url(host, port):
    if host == "::1":
        return f"http://[::1]:{port}/"
    name = "127.0.0.1" if host in _LOOPBACK else socket.gethostname()
    return f"http://{name}:{port}/"


def _has_desktop():
    """Whether a browser window can open here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
