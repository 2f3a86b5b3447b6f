"""A server of files for tests of what is fetched."""

import contextlib
import http.server
import threading
from collections.abc import Iterator
from collections.abc import Mapping


@contextlib.contextmanager
def serving(files: Mapping[str, bytes]) -> Iterator[tuple[str, list[str]]]:
    """Serves files on this machine.

    Args:
        files: Mapping of name -> content. One whose name begins with "short"
            breaks off before its end.

    Yields:
        `(address, asked)`: the address of their folder, with a slash at its
        end, and the list of names that were asked for, which grows.
    """
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path[1:]
            asked.append(name)
            if name not in files:
                self.send_error(404)
                return
            content = files[name]
            self.send_response(200)
            length = len(content) + name.startswith("short")
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def dead_address() -> str:
    """Returns the address of a folder that nobody serves."""
    with serving({}) as (address, _):
        return address
