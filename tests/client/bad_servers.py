"""Servers that break every rule, as a table: what each does to a client."""

import base64
import dataclasses
import gzip
import json
import struct
import zlib
from collections.abc import Callable

import numpy as np

from keras_semsynth.client import errors
from tests.client.raw_server import CHUNK
from tests.client.scripted_servers import png

LAYOUT = np.arange(24).reshape(4, 6) % 3
RETRIES = 2
AGAIN = RETRIES + 1


@dataclasses.dataclass(frozen=True)
class BadServer:
    """One server of the table.

    Args:
        name: str.
        script: Function of a `Connection`.
        error: Kind of the error.
        words: str. A pattern in its sentence.
        requests: int or `None`. Requests that it may get; `None` if it gets
            none that it could count.
        scheme: str.
        to_the_end: bool. Whether the client waits as long as it may.
    """

    name: str
    script: Callable
    error: type
    words: str
    requests: int | None = 1
    scheme: str = "http"
    to_the_end: bool = False


def prediction(value):
    return json.dumps({"predictions": [value]}).encode()


def picture(data):
    return prediction({"b64": base64.b64encode(data).decode()})


def says(body=b"", status="200 OK", headers=(), length=None):
    """A server that answers each request so."""

    def script(connection):
        while True:
            connection.request()
            connection.answer(body, status, headers, length)
            if length is not None:
                return

    return script


def sends(head, then=None, drip=None, every=0.02):
    """A server that answers with these bytes, and then with more or none."""

    def script(connection):
        connection.request()
        connection.send(head)
        while then is not None:
            connection.send(then)
        if drip is not None:
            connection.drip(drip, every)
        connection.wait()

    return script


def closes_at_once(connection):
    pass


def resets(connection):
    connection.reset()


def closes_in_the_body(connection):
    connection.request()
    connection.answer(picture(png())[:50], length=500)


def says_nothing(connection):
    connection.wait()


def talks_garbage(connection):
    connection.send(b"\x16\x03\x01 what? \r\n\r\n" * 20)
    connection.wait(0.1)


def speaks_http_1(connection):
    connection.wait(0.02)
    connection.answer(b"<html>", "400 Bad Request")
    connection.wait(0.1)


OK = b"HTTP/1.1 200 OK\r\n"
SIZED = OK + b"content-length: 1000\r\n\r\n"
ENDLESS = OK + b"transfer-encoding: chunked\r\n\r\n"
HUGE_CHUNK = b"%x\r\n" % len(CHUNK) + CHUNK + b"\r\n"
BOMB = gzip.compress(bytes(50_000_000))
FAILED, DOWN = errors.ServerFailedError, errors.ServerDownError
LATE, WRONG = errors.DeadlineError, errors.WrongModelError


def huge_png(width, height):
    """A PNG of some bytes that announces so many pixels."""
    data = png()
    header = struct.pack(">II", width, height) + data[24:29]
    crc = zlib.crc32(b"IHDR" + header).to_bytes(4)
    return data[:16] + header + crc + data[33:]


def _late(name, script, scheme="http", requests=1):
    return BadServer(
        name, script, LATE, "no answer within", requests, scheme, True
    )


REST = (
    _late("never answers", sends(b"")),
    _late("drips headers", sends(OK, drip=b"x-a: b\r\n")),
    _late("drips one endless header", sends(OK + b"x-a: ", drip=b"b")),
    _late("drips its body", sends(SIZED, drip=b"{")),
    _late("100 Continue forever", sends(b"HTTP/1.1 100 Continue\r\n\r\n" * 99,
                                        drip=b"HTTP/1.1 100 Go on\r\n\r\n")),
    _late("silent on https", says_nothing, "https", None),
    BadServer("closes at once", closes_at_once, DOWN, "3 times", None),
    BadServer("accepts and resets", resets, DOWN, "3 times", None),
    BadServer("closes in mid-body", closes_in_the_body, DOWN, "3 times", AGAIN),
    BadServer("endless chunks", sends(ENDLESS, HUGE_CHUNK), FAILED,
              "more than"),
    BadServer("announces a terabyte", says(b"x", length=2**40), FAILED, "more"),
    BadServer("endless headers", sends(OK, b"x-a: %b\r\n" % CHUNK[:99].replace(
        b"\0", b"b")), FAILED, "HTTP"),
    BadServer("endless error text", sends(b"HTTP/1.1 500 Oh\r\n"
        b"transfer-encoding: chunked\r\n\r\n", HUGE_CHUNK), FAILED, "HTTP 500"),
    BadServer("bomb of gzip", says(BOMB, headers=["content-encoding: gzip"]),
              FAILED, "compressed"),
    BadServer("deep JSON", says(b"[" * 60_000), FAILED, "more values"),
    BadServer("JSON 60 deep", says(prediction(5).replace(
        b"5", b"[" * 60 + b"]" * 60)), FAILED, "no prediction"),
    BadServer("deep error text", says(b'{"error":' + b"[" * 30_000,
                                      "500 Oh"), FAILED, "HTTP 500"),
    BadServer("error that is no text", says(b'{"error": {"a": [1]}}',
                                            "500 Oh"), FAILED, "HTTP 500"),
    BadServer("controls in its error", says(b'{"error": "\\u001b[2J\\n gone"}',
                                            "500 Oh"), FAILED, "gone"),
    BadServer("integer of 9,000 digits", says(prediction(0).replace(
        b"0", b"9" * 9000)), FAILED, "no JSON"),
    BadServer("integer of 400 digits", says(prediction(0).replace(
        b"0", b"9" * 400)), FAILED, "float32"),
    BadServer("NaN", says(b'{"predictions": [NaN]}'), FAILED, "no JSON"),
    BadServer("1e999", says(b'{"predictions": [1e999]}'), FAILED, "float32"),
    BadServer("text for a number", says(prediction("5")), FAILED, "no numbers"),
    BadServer("true for a number", says(prediction(True)), FAILED, "no numb"),
    BadServer("b64 of a number", says(prediction({"b64": 5})), FAILED, "b64"),
    BadServer("b64 that is none", says(prediction({"b64": "\u00e9!"})), FAILED,
              "base64"),
    BadServer("two rows for one", says(b'{"predictions": [1, 2]}'), FAILED,
              "2 predictions"),
    BadServer("no row", says(b'{"predictions": []}'), FAILED, "0 predictions"),
    BadServer("20,000 empty lists", says(b'{"predictions": [%b[]]}' % (
        b"[]," * 20_000)), FAILED, "more values"),
    BadServer("null", says(b"null"), FAILED, "no list"),
    BadServer("UTF-16", says('{"predictions": [1]}'.encode("utf-16")), FAILED,
              "no JSON"),
    BadServer("page of HTML", says(b"<html>Welcome</html>"), FAILED, "correct"),
    BadServer("content-length too small", says(picture(png()), length=30),
              FAILED, "no JSON"),
    BadServer("content-length -5", says(b"", length=-5), FAILED, "HTTP"),
    BadServer("two content-lengths", says(b"", headers=["content-length: 9"]),
              FAILED, "HTTP"),
    BadServer("redirects to itself", says(status="302 Found", headers=[
        "location: /v1/models/spade:predict"]), FAILED, "HTTP 302"),
    BadServer("redirects to another", says(status="307 Go", headers=[
        "location: http://user:secret@evil.example/?token=7"]), FAILED,
        r"\(to http://evil.example\)"),
    BadServer("204", says(status="204 Nothing"), FAILED, "HTTP 204"),
    BadServer("206", says(picture(png()), "206 Part"), FAILED, "HTTP 206"),
    BadServer("status 999999", says(status="999999 No"), FAILED, "HTTP"),
    BadServer("no HTTP", talks_garbage, FAILED, "HTTP", None),
    BadServer("no TLS", speaks_http_1, FAILED, "TLS", None, "https"),
    BadServer("half a record of TLS", talks_garbage, DOWN, "3 times", None,
              "https"),
    BadServer("503, in 30 years", says(b'{"error": "full"}', "503 Later", [
        "retry-after: 1000000000"]), LATE, "full.*once within"),
    BadServer("503, at once", says(b'{"error": "full"}', "503 Later", [
        "retry-after: -7"]), errors.OverloadedError, "full.*3 times", AGAIN),
    BadServer("503, not a number", says(b'{"error": "full"}', "503 Later", [
        "retry-after: nan"]), errors.OverloadedError, "full.*3 times", AGAIN),
    BadServer("503, a date", says(b'{"error": "full"}', "503 Later", [
        "retry-after: Fri, 31 Dec 9999 23:59:59 GMT"]), LATE, "once within"),
    BadServer("PNG of another size", says(picture(png(size=(6, 4)))), WRONG,
              "4 x 6 pixels.*instead of 6 x 4"),
    BadServer("PNG of a gigapixel", says(picture(huge_png(32768, 32768))),
              WRONG, "32768 x 32768"),
    BadServer("PNG without an end", says(picture(png()[:50])), WRONG, "no PNG"),
    BadServer("no PNG", says(picture(b"GIF89a")), WRONG, "no PNG"),
)  # fmt: skip
