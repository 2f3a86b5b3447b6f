"""Opens a page on which one paints a layout and sees the picture of it.

    semsynth serve
    semsynth serve --run=RUN
    semsynth serve --run=served/spade \\
        --backend=http://localhost:8501/v1/models/spade

The first shows the small landscapes generator that comes with the package,
the second a run of train.py. The third leaves the work to TensorFlow Serving;
--run then names the exported model, for its classes and colours.

The page is served to this machine alone unless --host says otherwise.
"""

import os
import pathlib
import socket
import sys
import threading
import webbrowser

from absl import flags

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags

MODULE = "keras_semsynth.commands.serve"
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def define_flags(flag_values=flags.FLAGS):
    """Defines the flags of this command.

    Args:
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.
    """
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string(
        "run",
        None,
        "Run directory of train.py, or a generator.keras; with --backend also "
        "an exported model. Default: the landscapes that come with the "
        "package.",
        **shared,
    )
    flags.DEFINE_string(
        "backend",
        None,
        "Address of a model in TensorFlow Serving that makes the pictures, "
        "e.g. http://localhost:8501/v1/models/spade. Default: this process.",
        **shared,
    )
    flags.DEFINE_string(
        "host",
        "127.0.0.1",
        "Address to listen on. 0.0.0.0 lets everybody in who can reach this "
        "machine.",
        **shared,
    )
    flags.DEFINE_integer(
        "port",
        8000,
        "Port to listen on; 0 takes a free one.",
        lower_bound=0,
        upper_bound=65535,
        **shared,
    )
    flags.DEFINE_integer(
        "max_waiting",
        16,
        "Requests that may wait for the model; further ones are told to come "
        "back later.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "max_batch",
        None,
        "Layouts of one size that are rendered together. Default: 4, on JAX "
        "and with --backend 1.",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_integer(
        "max_pixels",
        1024 * 1024,
        "Pixels that a layout may have.",
        lower_bound=64,
        **shared,
    )
    flags.DEFINE_boolean(
        "open", True, "Open the page in the browser of this desktop.", **shared
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the traceback of an error.", **shared
    )


def main(argv=None):
    """Runs the command.

    Args:
        argv: List of str, `argv[0]` the program. Defaults to `sys.argv`.

    Returns:
        int, the exit status.
    """
    flag_values = flags.FlagValues()
    define_flags(flag_values)
    options = parse_flags(
        list(argv or sys.argv),
        __doc__,
        [MODULE],
        pathlib.Path.cwd(),
        flag_values,
    )
    with one_sentence(options.debug):
        _require_packages()
        with _listen(options.host, options.port) as connection:
            _serve(connection, options)
    return 0


def load_model(run=None, backend=None):
    """Loads what makes the pictures.

    Args:
        run: Path. Defaults to the landscapes that come with the package.
        backend: str, address of a model in TensorFlow Serving. Defaults to
            `None`, this process.

    Returns:
        `LocalModel` or `ServedModel`.
    """
    if run is None:
        from keras_semsynth.synthesis.pretrained import pretrained_run

        run = pretrained_run()
    if backend is None:
        from keras_semsynth.page.local_model import LocalModel

        return LocalModel.load(run)
    from keras_semsynth.client import Client
    from keras_semsynth.page.served_model import ServedModel

    return ServedModel.load(run, Client(backend, timeout=30.0, retries=2))


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
    """Claims the port first: a model takes seconds to load."""
    try:
        family, *_, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        connection = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        raise UsageError(
            f"--host={host} is no address of this machine ({error.strerror}): "
            "leave it out, or give 127.0.0.1 or 0.0.0.0."
        ) from error
    try:
        if os.name == "posix":
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        connection.bind(address)
        connection.listen(128)
    except OSError as error:
        connection.close()
        raise UsageError(
            f"--host={host} --port={port} cannot be used ({error.strerror}): "
            "choose another --port, or --port=0 for a free one."
        ) from error
    return connection


def web_server(app, **options):
    """Makes the server of the page.

    Args:
        app: ASGI application.
        **options: Further ones of `uvicorn.Config`.

    Returns:
        `uvicorn.Server`.
    """
    import uvicorn

    return uvicorn.Server(
        uvicorn.Config(
            app,
            # Its own set-up closes the log handlers of the whole process.
            log_config=None,
            log_level="warning",
            access_log=False,
            server_header=False,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=3,
            limit_concurrency=256,
            **options,
        )
    )


def _serve(connection, options):
    from keras_semsynth.page.app import create_app

    local = options.host in _LOOPBACK
    print("Loading the model ...", flush=True)
    model = load_model(options.run, options.backend)
    model.warm_up()
    app = create_app(
        model,
        max_waiting=options.max_waiting,
        max_batch=options.max_batch,
        max_pixels=options.max_pixels,
        hosts=("127.0.0.1", "localhost", "[::1]") if local else None,
    )
    port = connection.getsockname()[1]
    url = f"http://{'127.0.0.1' if local else socket.gethostname()}:{port}/"
    if options.host == "::1":
        url = f"http://[::1]:{port}/"
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
    server = web_server(app)
    if options.open and _has_desktop():
        threading.Timer(0.5, webbrowser.open, [url]).start()
    try:
        server.run(sockets=[connection])
    except KeyboardInterrupt:
        pass


def _has_desktop():
    """Whether a browser window can open here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
