"""Bytes to and from a server, without a client that tidies them up."""

import contextlib
import http.client
import logging
import re
import socket
import urllib.parse


def connect(address, source="127.0.0.1", seconds=10):
    """Opens a connection to `http://host:port`."""
    url = urllib.parse.urlsplit(address)
    return socket.create_connection(
        (url.hostname, url.port), seconds, (source, 0)
    )


def picture_request(body, *headers, seed=3):
    """Returns the bytes that ask for the picture of a PNG."""
    lines = (
        f"POST /api/image?seed={seed} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: image/png",
        f"Content-Length: {len(body)}",
        *headers,
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_all(connection):
    """Reads until the other side closes; fails if it does not in time."""
    parts = []
    with contextlib.suppress(ConnectionResetError):
        while part := connection.recv(2**16):
            parts.append(part)
    return b"".join(parts)


def read_answer(connection):
    """Reads one answer; returns its status and body."""
    answer = http.client.HTTPResponse(connection)
    answer.begin()
    return answer.status, answer.read()


def exchange(address, data):
    """Sends bytes; returns what comes until the server closes."""
    with connect(address) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        return read_all(connection)


def statuses(answer):
    """Returns the statuses of the answers in some bytes."""
    return [int(x) for x in re.findall(rb"HTTP/1\.1 (\d{3}) ", answer)]


@contextlib.contextmanager
def logged():
    """Yields a list of all records that are logged meanwhile."""
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logging.getLogger().addHandler(handler)
    try:
        yield records
    finally:
        logging.getLogger().removeHandler(handler)
