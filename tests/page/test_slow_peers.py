"""Peers that send or take too little, or too much, keep nobody out."""

import contextlib
import signal
import socket
import threading
import time
import unittest
from unittest import mock

from keras_semsynth.page.limits import Limits
from keras_semsynth.page.notices import Notices
from tests.files.png_files import encoded
from tests.page.page_case import LAYOUT
from tests.page.page_case import create_app
from tests.page.painting_model import PaintingModel
from tests.page.painting_model import running
from tests.page.raw_peer import connect
from tests.page.raw_peer import exchange
from tests.page.raw_peer import logged
from tests.page.raw_peer import picture_request
from tests.page.raw_peer import read_all
from tests.page.raw_peer import read_answer
from tests.page.raw_peer import statuses

PNG = encoded(LAYOUT)
HALF = b"POST /api/image HTTP/1.1\r\nHost: 127.0."
WHOLE = picture_request(PNG, "Connection: close")
KEPT = picture_request(PNG)


def is_closed(peer):
    peer.setblocking(False)
    try:
        return not peer.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return False
    except ConnectionError:
        return True


class PeerCase(unittest.TestCase):
    def start(self, app=None, model=None, **limits):
        self.stack = contextlib.ExitStack()
        self.addCleanup(self.stack.close)
        self.records = self.stack.enter_context(logged())
        self.model = model or PaintingModel()
        notices = Notices()
        self.app = app or create_app(
            self.model, max_total_bytes=200_000, notices=notices
        )
        self.server = self.stack.enter_context(
            running(self.app, limits=Limits(**limits), notices=notices)
        )

    def connect(self, data=b"", source="127.0.0.1"):
        peer = self.stack.enter_context(connect(self.server.url, source))
        peer.sendall(data)
        return peer

    def stop(self):
        """Stops the server; returns what it logged."""
        self.server.should_exit = True
        self.server.thread.join(10)
        self.assertFalse(self.server.thread.is_alive())
        lines = [record.getMessage() for record in self.records]
        self.assertEqual([x for x in self.records if x.exc_info], [])
        return lines

    def wait_until(self, condition):
        end = time.monotonic() + 10
        while not condition():
            self.assertLess(time.monotonic(), end, "nothing happened")
            time.sleep(0.01)


class HalfOpenTest(PeerCase):
    def test_however_many_wait_a_whole_request_gets_in(self):
        self.start(connections=20, per_address=6, burst=5, stop_seconds=0.1)
        for sources in (["127.0.0.1"], [f"127.0.0.{i}" for i in range(2, 9)]):
            for i in range(40):
                self.connect(HALF, sources[i % len(sources)])
                self.assertLessEqual(len(self.server.doorkeeper), 25)
            answer = exchange(self.server.url, WHOLE)
            self.assertEqual(statuses(answer), [200])
        bodies = [self.connect(WHOLE[:-5]) for _ in range(8)]
        self.assertEqual(statuses(exchange(self.server.url, WHOLE)), [200])
        self.wait_until(lambda: sum(map(is_closed, bodies)) >= 2)
        lines = self.stop()
        self.assertLessEqual(len(lines), 3, lines)
        self.assertRegex(
            "".join(lines),
            r"closed to make room for others: \d\d, most from 127.0.0.1 \(",
        )

    def test_a_kept_connection_outlives_half_open_ones(self):
        self.start(per_address=6)
        kept = self.connect(KEPT)
        self.assertEqual(read_answer(kept)[0], 200)
        for _ in range(40):
            self.connect(HALF)
        kept.sendall(KEPT)
        self.assertEqual(read_answer(kept)[0], 200)

    def test_if_all_are_at_work_another_is_told_so(self):
        self.start(connections=2, burst=0)
        self.model.gate.clear()
        self.addCleanup(self.model.gate.set)
        working = [self.connect(WHOLE) for _ in range(2)]
        self.wait_until(
            lambda: (
                [x.stage.name for x in self.server.doorkeeper] == ["WORK"] * 2
            )
        )
        answer = exchange(self.server.url, b"")
        self.assertEqual(statuses(answer), [503])
        self.assertIn(b"\r\nRetry-After: 1\r\n", answer)
        self.model.gate.set()
        for peer in working:
            self.assertEqual(statuses(read_all(peer)), [200])

    def test_a_head_must_come_in_time(self):
        self.start(head_seconds=0.3)
        silent, half, kept = (self.connect(x) for x in (b"", HALF, KEPT))
        self.assertEqual(read_answer(kept)[0], 200)
        kept.sendall(HALF)
        drip = threading.Thread(target=self.drip, args=[self.connect(b"")])
        started = time.monotonic()
        drip.start()
        self.assertEqual(read_all(silent), b"")
        self.assertEqual(statuses(read_all(half)), [408])
        self.assertEqual(statuses(read_all(kept)), [408])
        drip.join(10)
        self.assertLess(time.monotonic() - started, 5)
        self.assertEqual(
            self.stop(),
            [
                "Connections closed that sent no complete request within "
                "0.3 s: 4, most from 127.0.0.1 (4)."
            ],
        )

    def drip(self, peer):
        with contextlib.suppress(OSError):
            for byte in HALF * 10:
                peer.sendall(bytes([byte]))
                time.sleep(0.1)

    def test_an_idle_connection_is_closed(self):
        self.start(idle_seconds=0.1)
        self.assertEqual(statuses(read_all(self.connect(KEPT))), [200])


class BodyTest(PeerCase):
    def test_senders_that_go_away_are_one_line(self):
        self.start()
        for _ in range(20):
            self.connect(WHOLE[:-10]).close()
        self.assertEqual(statuses(exchange(self.server.url, WHOLE)), [200])
        self.wait_until(lambda: not len(self.server.doorkeeper))
        (line,) = self.stop()
        self.assertIn("before all had come: 20, most from 127.0.0.1", line)

    def test_large_bodies_give_way_to_small_ones(self):
        self.start(stop_seconds=0.3)
        # Together they may have 200,000 bytes, and this is more.
        large = [
            self.connect(picture_request(bytes(90_000))[:-1]) for _ in range(3)
        ]
        bodies = self.app.app.state.page.bodies
        self.wait_until(lambda: len(bodies._arriving) == 2)
        self.assertEqual(statuses(exchange(self.server.url, WHOLE)), [200])
        other = self.connect(picture_request(bytes(40_000))[:-1], "127.0.0.2")
        self.wait_until(lambda: len(bodies._arriving) == 2)
        other.sendall(b"\0")
        self.assertEqual(read_answer(other)[0], 400)  # no PNG
        self.wait_until(lambda: bodies._held < 100_000)
        self.server.should_exit = True
        self.assertEqual(
            sorted(statuses(read_all(x))[0] for x in large), [503] * 3
        )
        self.assertEqual(bodies._held, 0)

    def test_chunks_of_a_byte_are_not_read_for_long(self):
        self.start()
        head = b"POST /api/image HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head += b"Content-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n"
        for chunk, number in (
            (b"1\r\na\r\n", 40_000),
            (b"1;" + b"a" * 400 + b"\r\nb\r\n", 1000),
        ):
            started = time.monotonic()
            peer = self.connect(head)
            with contextlib.suppress(ConnectionError):
                peer.sendall(chunk * number)
            read_all(peer)
            # All of them would take seconds, in which nobody else is served.
            self.assertLess(time.monotonic() - started, 1)
        answer = exchange(self.server.url, WHOLE)
        self.assertEqual(statuses(answer), [200])
        (line,) = self.stop()[:1]
        self.assertIn("chunks hold next to nothing: 2,", line)


async def large_answers(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200})
        body = bytes(30_000_000)
        await send({"type": "http.response.body", "body": body})


class AnswerTest(PeerCase):
    def test_answers_that_nobody_takes_do_not_fill_the_memory(self):
        self.start(large_answers, answer_bytes=70_000_000, stop_seconds=0.1)
        request = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        other = self.connect(request, "127.0.0.2")
        for _ in range(4):
            self.connect(request)
        counts = self.server.notices._counts
        self.wait_until(lambda: [x.total() for x in counts.values()] == [3])
        self.assertEqual(len(self.server.doorkeeper), 2)
        self.assertGreater(len(read_all(other)), 30_000_000)
        line = self.stop()[-1]
        self.assertIn("too many do not take their answer: ", line)

    def test_an_answer_must_be_taken(self):
        self.start(large_answers, answer_seconds=0.3)
        peer = self.connect(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 2)
        self.wait_until(lambda: len(self.server.doorkeeper) == 1)
        self.wait_until(lambda: len(self.server.doorkeeper) == 0)
        self.assertLess(len(read_all(peer)), 30_000_000)
        (line,) = self.stop()
        self.assertIn("did not take their answer within 0.3 s: 1,", line)


class StopTest(PeerCase):
    def test_what_is_under_way_is_finished_and_the_rest_closed(self):
        self.start()
        self.model.gate.clear()
        self.addCleanup(self.model.gate.set)
        half = [self.connect(HALF) for _ in range(20)]
        working = self.connect(KEPT)
        self.wait_until(lambda: self.model.begun)
        self.server.handle_exit(signal.SIGTERM, None)
        for peer in half:
            self.assertEqual(read_all(peer), b"")
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(working.getpeername())
        self.model.gate.set()
        self.assertEqual(statuses(read_all(working)), [200])
        self.assertEqual(self.stop(), [])

    def test_what_takes_too_long_gets_an_answer(self):
        self.start(stop_seconds=0.3)
        self.model.gate.clear()
        self.addCleanup(self.model.gate.set)
        working, body = self.connect(KEPT), self.connect(KEPT[:-1])
        self.wait_until(lambda: self.model.begun)
        started = time.monotonic()
        self.server.handle_exit(signal.SIGTERM, None)
        for peer in (working, body):
            answer = read_all(peer)
            self.assertEqual(statuses(answer), [503])
            self.assertIn(b"The server stops.", answer)
        self.stop()
        self.assertLess(time.monotonic() - started, 3)

    def test_bodies_that_do_not_come_are_not_waited_for(self):
        self.start()
        body = self.connect(KEPT[:-1])
        self.wait_until(
            lambda: [x.stage.name for x in self.server.doorkeeper] == ["BODY"]
        )
        started = time.monotonic()
        from keras_semsynth.page import web_server

        with mock.patch.object(web_server, "BODY_SECONDS", 0.1):
            self.server.handle_exit(signal.SIGTERM, None)
            self.assertEqual(statuses(read_all(body)), [503])
        self.assertEqual(len(self.stop()), 1)
        self.assertLess(time.monotonic() - started, 3)

    def test_what_was_sent_before_is_answered(self):
        self.start()
        kept = self.connect(KEPT)
        self.assertEqual(read_answer(kept)[0], 200)
        self.server.handle_exit(signal.SIGTERM, None)
        kept.sendall(KEPT)
        self.assertEqual(statuses(read_all(kept)), [200])

    def test_a_second_signal_waits_for_nothing(self):
        self.start()
        self.model.gate.clear()
        self.addCleanup(self.model.gate.set)
        working = self.connect(KEPT)
        self.wait_until(lambda: self.model.begun)
        started = time.monotonic()
        self.server.handle_exit(signal.SIGTERM, None)
        self.server.handle_exit(signal.SIGTERM, None)
        self.assertIn(statuses(read_all(working)), ([], [503]))
        self.stop()
        self.assertLess(time.monotonic() - started, 3)
