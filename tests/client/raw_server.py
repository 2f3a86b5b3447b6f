"""A server whose answers are scripts of bytes, for peers that break rules."""

import socket
import struct
import threading

# Frames of HTTP/2, RFC 9113.
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY = 0, 1, 3, 4, 6, 7
END_STREAM, END_HEADERS, ACK = 1, 4, 1
_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
CHUNK = bytes(16 * 1024)


class Gone(Exception):
    """The client went away, or the server is to end."""


class Connection:
    """One connection to a `RawServer`, as a script sees it."""

    def __init__(self, server, connection):
        self._server, self._socket = server, connection
        self._buffer = b""

    def send(self, data):
        view = memoryview(data)
        while view:
            if self._server.stopped.is_set():
                raise Gone
            try:
                view = view[self._socket.send(view) :]
            except TimeoutError:
                continue
            except OSError as error:
                raise Gone from error

    def wait(self, seconds=60.0):
        if self._server.stopped.wait(seconds):
            raise Gone

    def drip(self, data=b"x", every=0.02):
        """Sends some bytes again and again."""
        while True:
            self.send(data)
            self.wait(every)

    def reset(self):
        self._socket.setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
        )
        self._socket.close()

    def _until(self, ready):
        while not ready(self._buffer):
            if self._server.stopped.is_set():
                raise Gone
            try:
                data = self._socket.recv(65536)
            except TimeoutError:
                continue
            except OSError as error:
                raise Gone from error
            if not data:
                raise Gone
            self._buffer += data

    def _take(self, length):
        self._until(lambda buffer: len(buffer) >= length)
        data, self._buffer = self._buffer[:length], self._buffer[length:]
        return data

    # --- HTTP/1.1 ------------------------------------------------------------

    def request(self):
        """Reads a request and returns its head."""
        self._until(lambda buffer: b"\r\n\r\n" in buffer)
        head = self._take(self._buffer.index(b"\r\n\r\n") + 4)
        for line in head.lower().split(b"\r\n"):
            if line.startswith(b"content-length:"):
                self._take(int(line.split(b":")[1]))
        self._server.count()
        return head

    def answer(self, body=b"", status="200 OK", headers=(), length=None):
        """Sends an answer of HTTP/1.1."""
        length = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status}", f"content-length: {length}", *headers]
        self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    # --- HTTP/2 --------------------------------------------------------------

    def call(self):
        """Reads a call of gRPC up to its end and returns its stream."""
        if not self._server.greeted(self):
            self._take(len(_PREFACE))
            # A window that takes the whole request.
            window = struct.pack(">HI", 4, 2**24)
            self.send(frame(SETTINGS, 0, 0, window))
        while True:
            head = self._take(9)
            length = int.from_bytes(head[:3])
            kind, flags, stream = struct.unpack(">BBI", head[3:])
            payload = self._take(length)
            if kind == SETTINGS and not flags & ACK:
                self.send(frame(SETTINGS, ACK, 0))
            elif kind == PING and not flags & ACK:
                self.send(frame(PING, ACK, 0, payload))
            elif kind == DATA and flags & END_STREAM:
                self._server.count()
                return stream
            elif kind == GOAWAY:
                raise Gone

    def begin(self, stream, *more):
        """Sends the head of an answer of gRPC."""
        fields = [("content-type", "application/grpc"), *more]
        block = b"\x88" + fields_block(fields)
        self.send(frame(HEADERS, END_HEADERS, stream, block))

    def message(self, stream, message, length=None, compressed=False):
        """Sends a message of gRPC, which may lie about itself."""
        length = len(message) if length is None else length
        head = struct.pack(">BI", compressed, length)
        self.data(stream, head + message)

    def data(self, stream, data):
        for start in range(0, len(data), 16384):
            self.send(frame(DATA, 0, stream, data[start : start + 16384]))

    def end(self, stream, code=0, *more, begun=True):
        """Sends the trailers of an answer."""
        fields = [("grpc-status", str(code)), *more]
        block = fields_block(fields)
        if not begun:
            block = (
                b"\x88"
                + fields_block([("content-type", "application/grpc")])
                + block
            )
        flags = END_HEADERS | END_STREAM
        self.send(frame(HEADERS, flags, stream, block))

    def predict(self, stream, message):
        """Answers a call with a message."""
        self.begin(stream)
        self.message(stream, message)
        self.end(stream)


class RawServer:
    """Runs `script(connection)` for each connection, in threads.

    `script` may be set anew for each client. `requests` counts what was asked,
    `connections` who came.

    Args:
        context: `ssl.SSLContext` or `None`.
    """

    def __init__(self, context=None):
        self.script = None
        self.stopped = threading.Event()
        self._context = context
        self._lock = threading.Lock()
        self._greeted = set()
        self._threads = []
        self.reset()
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._socket.settimeout(0.05)
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def reset(self, script=None):
        self.script = script
        self.requests = self.connections = 0

    def count(self):
        with self._lock:
            self.requests += 1

    def greeted(self, connection):
        with self._lock:
            known = connection in self._greeted
            self._greeted.add(connection)
        return known

    def url(self, scheme, prefix=""):
        return f"{scheme}://127.0.0.1:{self.port}{prefix}/v1/models/spade"

    def close(self):
        self.stopped.set()
        self._thread.join()
        for thread in self._threads:
            thread.join()
        self._socket.close()

    def _accept(self):
        while not self.stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            self.connections += 1
            thread = threading.Thread(
                target=self._run, args=(self.script, connection)
            )
            thread.start()
            self._threads.append(thread)

    def _run(self, script, connection):
        with connection:
            connection.settimeout(0.05)
            # Else small frames wait for the other side's acknowledgement.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                if self._context is None:
                    script(Connection(self, connection))
                    return
                connection.settimeout(5.0)
                with self._context.wrap_socket(
                    connection, server_side=True
                ) as encrypted:
                    encrypted.settimeout(0.05)
                    script(Connection(self, encrypted))
            except (Gone, OSError):
                pass


def frame(kind, flags, stream, payload=b""):
    """Makes a frame of HTTP/2."""
    head = len(payload).to_bytes(3) + struct.pack(">BBI", kind, flags, stream)
    return head + payload


def fields_block(fields):
    """Writes header fields as literals without an index, RFC 7541."""
    block = b""
    for pair in fields:
        block += b"\0"
        for text in pair:
            data = text if isinstance(text, bytes) else text.encode()
            block += _length(len(data)) + data
    return block


def _length(number):
    if number < 127:
        return bytes([number])
    number, data = number - 127, b"\x7f"
    while number >= 128:
        data += bytes([number % 128 + 128])
        number //= 128
    return data + bytes([number])
