"""Requests that no client sends: each gets a refusal, or its end."""

import contextlib
import unittest

from tests.files.png_files import encoded
from tests.page.page_case import LAYOUT
from tests.page.page_case import create_app
from tests.page.painting_model import PaintingModel
from tests.page.painting_model import served
from tests.page.raw_peer import connect
from tests.page.raw_peer import exchange
from tests.page.raw_peer import logged
from tests.page.raw_peer import read_all
from tests.page.raw_peer import read_answer
from tests.page.raw_peer import statuses

END = b"Host: 127.0.0.1\r\nConnection: close\r\n\r\n"
POST = (
    b"POST /api/image?seed=3 HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Content-Type: image/png\r\n"
)
CLOSE = b"Connection: close\r\n"
PNG = encoded(LAYOUT)
LENGTH = b"Content-Length: %d\r\n" % len(PNG)
CHUNKED = b"Transfer-Encoding: chunked\r\n"


def get(target, *headers):
    lines = b"".join(header + b"\r\n" for header in headers)
    return b"GET " + target + b" HTTP/1.1\r\n" + lines + END


# What is sent -> the status of each answer before the server closes.
REFUSED = {
    "garbage": (bytes(range(256)) * 8, [400]),
    "a TLS greeting": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", [400]),
    "many line ends": (b"\r\n" * 20_000, [400]),
    "HTTP/0.9": (b"GET /\r\n\r\n", [400]),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [505]),
    "HTTP/3.7": (b"GET / HTTP/3.7\r\n" + END, [505]),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", [400]),
    "two hosts": (get(b"/", b"Host: localhost"), [400]),
    "a foreign host": (
        get(b"/")[:16] + b"Host: evil\r\n" + CLOSE + b"\r\n",
        [421],
    ),
    "a broken host": (get(b"/")[:16] + b"Host: [\r\n" + CLOSE + b"\r\n", [421]),
    "an address beyond ASCII": (get(b"/\xff\xfe"), [400]),
    "a blank in the address": (get(b"/a b"), [400]),
    "an address of 12,000 letters": (get(b"/" + b"a" * 12_000), [414]),
    "a question of 12,000 letters": (get(b"/?" + b"a" * 12_000), [414]),
    "an address of 300,000 letters": (get(b"/" + b"a" * 300_000), [400]),
    "a header of 15,000 letters": (get(b"/", b"A: " + b"a" * 15_000), [200]),
    "headers of 17,000 letters": (
        get(b"/", b"A: " + b"a" * 8_000, b"B: " + b"b" * 9_000),
        [431],
    ),
    "headers of 300,000 letters": (get(b"/", b"A: " + b"a" * 300_000), [400]),
    "101 headers": (get(b"/", *[b"A: 1"] * 99), [431]),
    "a header without a name": (get(b"/", b": 1"), [400]),
    "a header without a colon": (get(b"/", b"nothing"), [400]),
    "a line end in a header": (get(b"/", b"A: 1\n\x00B: 2"), [400]),
    "CONNECT": (b"CONNECT evil:443 HTTP/1.1\r\n" + END, [404]),
    "OPTIONS *": (b"OPTIONS * HTTP/1.1\r\n" + END, [404]),
    "TRACE": (b"TRACE / HTTP/1.1\r\n" + END, [405]),
    "a method of its own": (b"BREW /api/image HTTP/1.1\r\n" + END, [405]),
    "a proxy's request": (get(b"http://evil/"), [404]),
    "a path upwards": (get(b"/static/../../../../etc/passwd"), [404]),
    "an encoded path upwards": (get(b"/static/%2e%2e%2f%00"), [404]),
    "a broken percent sign": (get(b"/%zz%"), [404]),
    "a web socket": (
        get(
            b"/",
            b"Upgrade: websocket",
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        ).replace(b"close", b"close, upgrade"),
        [200],
    ),
    "HTTP/2 by upgrade": (
        get(b"/", b"Upgrade: h2c").replace(b"close", b"close, upgrade"),
        [200],
    ),
    "two lengths": (
        POST + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        [400],
    ),
    "a negative length": (POST + b"Content-Length: -1\r\n\r\n", [400]),
    "a length in words": (POST + b"Content-Length: ten\r\n\r\n", [400]),
    "a length of 20 digits": (
        POST + b"Content-Length: " + b"9" * 20 + b"\r\n\r\n",
        [413],
    ),
    "a length of 5,000 digits": (
        POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
        [400],
    ),
    "a length and chunks": (
        POST + LENGTH + CHUNKED + b"\r\n0\r\n\r\nGET / HTTP/1.1\r\n" + END,
        [400],
    ),
    "two codings": (
        POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        [400],
    ),
    "a chunk of no number": (POST + CHUNKED + b"\r\nxyz\r\n", [400]),
    "a chunk of a negative number": (POST + CHUNKED + b"\r\n-5\r\n", [400]),
    "an endless number of a chunk": (
        POST + CHUNKED + b"\r\n" + b"f" * 40_000,
        [400],
    ),
    "a chunk longer than it says": (
        POST + CHUNKED + b"\r\n2\r\nabcdef\r\n0\r\n\r\n",
        [400],
    ),
    "a body longer than it says": (
        POST + b"Content-Length: 4\r\n\r\n\x89PNG" + bytes(40),
        [400, 400],
    ),
    "an expectation of a type that is refused": (
        POST.replace(b"png", b"gif")
        + LENGTH
        + CLOSE
        + b"Expect: 100-continue\r\n\r\n",
        [415],
    ),
    "an unknown expectation": (
        POST + LENGTH + CLOSE + b"Expect: wonders\r\n\r\n" + PNG,
        [200],
    ),
    "a body on GET": (get(b"/api/model", LENGTH.strip()) + PNG, [200]),
}


class BadRequestTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        stack = contextlib.ExitStack()
        cls.addClassCleanup(stack.close)
        app = create_app(PaintingModel(), hosts=("127.0.0.1", "localhost"))
        cls.address = stack.enter_context(served(app))

    def test_each_is_answered_and_nothing_is_logged(self):
        with logged() as records:
            for name, (data, expected) in REFUSED.items():
                with self.subTest(name):
                    answer = exchange(self.address, data)
                    self.assertEqual(statuses(answer), expected)
                    if expected[0] != 200:
                        self.assertLess(len(answer), 1500)
                        self.assertIn(b"nosniff", answer)
            self.assertEqual(records, [])
        picture = POST + LENGTH + CLOSE + b"\r\n" + PNG
        self.assertEqual(statuses(exchange(self.address, picture)), [200])

    def test_what_follows_an_answer_may_be_broken_too(self):
        head = POST.replace(b"png", b"gif")
        with logged() as records:
            for start, rest in (
                (CHUNKED + b"\r\n3\r\nabc\r\n", b"xyz\r\n"),
                (b"Content-Length: 2\r\n\r\nab", b"\0\0\0\r\n\r\n"),
            ):
                with connect(self.address) as connection:
                    connection.sendall(head + start)
                    self.assertEqual(read_answer(connection)[0], 415)
                    connection.sendall(rest)
                    read_all(connection)
            self.assertEqual(records, [])

    def test_pieces_and_queues_of_requests_are_served_in_order(self):
        one = get(b"/api/model").replace(b"Connection: close\r\n", b"")
        with connect(self.address) as connection:
            connection.sendall(one * 5 + get(b"/absent"))
            answers = read_all(connection)
        self.assertEqual(statuses(answers), [200] * 5 + [404])
        body = b"".join(b"1\r\n%c\r\n" % byte for byte in PNG) + b"0\r\n\r\n"
        data = POST + CHUNKED + CLOSE + b"Expect: 100-continue\r\n\r\n" + body
        with connect(self.address) as connection:
            for i in range(0, len(data), 97):
                connection.sendall(data[i : i + 97])
            self.assertEqual(statuses(read_all(connection)), [100, 200])
