"""The client against servers that break every rule, on both protocols."""

import re
import threading
import time
import unittest
from concurrent import futures
from unittest import mock

import pytest

from keras_semsynth.client import Client
from keras_semsynth.client import errors
from tests.client import bad_grpc_servers
from tests.client import bad_servers
from tests.client.bad_server_run import attempt
from tests.client.raw_server import RawServer

pytest.importorskip(
    "httpx", reason='needs pip install "keras_semsynth[client]"'
)
pytest.importorskip(
    "tensorflow_serving", reason='needs pip install "keras_semsynth[client]"'
)
# Beyond the deadline; what another process does to this one is tried again.
LATE = 0.3
MEMORY = 48 * 2**20


class BadServersTest(unittest.TestCase):
    def setUp(self):
        self.server = RawServer()
        self.addCleanup(self.server.close)

    def check(self, cases):
        for case in cases:
            timeout = 0.2 if case.to_the_end else 5.0
            with self.subTest(scheme=case.scheme, name=case.name):
                for last in (False, True):
                    outcome = attempt(self.server, case, timeout)
                    if last or outcome.seconds < timeout + LATE:
                        break
                text = str(outcome.error)
                self.assertIsInstance(outcome.error, case.error, text)
                self.assertRegex(text, re.compile(case.words, re.DOTALL))
                # One sentence for a person: short, and nothing to blink.
                self.assertTrue(text.isprintable(), text)
                self.assertLess(len(text), 700)
                self.assertTrue(text.endswith("."), text)
                self.assertLess(outcome.seconds, timeout + LATE)
                if case.requests is not None:
                    self.assertEqual(outcome.requests, case.requests)
                if outcome.memory is not None:
                    self.assertLess(outcome.memory, MEMORY)

    def test_rest(self):
        self.check(bad_servers.REST)

    def test_grpc(self):
        self.check(bad_grpc_servers.grpc_servers())

    def test_the_time_is_that_of_all_repetitions(self):
        for scheme, script in (
            ("http", bad_servers.closes_in_the_body),
            ("grpc", bad_grpc_servers.calls(bad_grpc_servers.breaks_down)),
        ):
            self.server.reset(script)
            url = self.server.url(scheme)
            with Client(url, 0.5, retries=10**6, backoff=0.01) as client:
                began = time.monotonic()
                with self.assertRaisesRegex(
                    errors.DeadlineError, r"tried \d+ times within"
                ):
                    client.synthesize(bad_servers.LAYOUT)
            self.assertLess(time.monotonic() - began, 0.5 + LATE)
            self.assertGreater(self.server.requests, 3)

    def test_the_last_of_several_attempts_is_cut_off(self):
        def script(connection):
            connection.request()
            if self.server.requests > 1:
                connection.wait()

        self.server.reset(script)
        with Client(self.server.url("http"), 0.5, backoff=0.01) as client:
            with self.assertRaisesRegex(
                errors.DeadlineError,
                "gave no answer within 0.[0-9]+ s, tried 2 times within the "
                "0.5 s that were allowed: raise the timeout",
            ):
                client.synthesize(bad_servers.LAYOUT)

    def test_photograph_and_picture_share_the_time(self):
        code = bad_servers.prediction([0.5, 1.0])

        def script(connection):
            connection.request()
            connection.wait(0.3)
            connection.answer(code)
            connection.request()
            connection.wait()

        self.server.reset(script)
        with Client(self.server.url("http"), 0.5) as client:
            began = time.monotonic()
            with self.assertRaises(errors.DeadlineError):
                client.synthesize(bad_servers.LAYOUT, style=bad_servers.png(9))
        self.assertLess(time.monotonic() - began, 0.5 + LATE)
        self.assertEqual(self.server.requests, 2)

    def test_threads_keep_their_own_time(self):
        for case in (
            bad_servers.REST[1],
            bad_grpc_servers.grpc_servers()[2],  # never answers
        ):
            self.server.reset(case.script)
            with Client(self.server.url(case.scheme), 0.4) as client:

                def ask(_, client=client):
                    began = time.monotonic()
                    with self.assertRaises(errors.DeadlineError):
                        client.synthesize(bad_servers.LAYOUT)
                    return time.monotonic() - began

                with futures.ThreadPoolExecutor(16) as pool:
                    taken = list(pool.map(ask, range(16)))
            self.assertEqual(self.server.requests, 16)
            self.assertLess(max(taken), 0.4 + 2 * LATE)

    def test_closing_ends_calls_under_way(self):
        for case in (
            bad_servers.REST[1],
            bad_grpc_servers.grpc_servers()[2],  # never answers
            # One that waits for its next attempt.
            next(c for c in bad_servers.REST if c.name == "503, at once"),
        ):
            self.server.reset(case.script)
            url = self.server.url(case.scheme)
            client = Client(url, 60.0, retries=3, backoff=30.0)
            with futures.ThreadPoolExecutor(3) as pool:
                calls = [
                    pool.submit(client.synthesize, bad_servers.LAYOUT)
                    for _ in range(3)
                ]
                for _ in range(1000):
                    if self.server.requests >= 3:
                        break
                    time.sleep(0.01)
                time.sleep(0.05)
                began = time.monotonic()
                client.close()
                for call in calls:
                    with self.assertRaises(errors.ClosedError):
                        call.result()
            self.assertLess(time.monotonic() - began, 1.0)
            with self.assertRaisesRegex(errors.ClosedError, "new one"):
                client.synthesize(bad_servers.LAYOUT)
            client.close()  # twice does no harm

    def test_closing_while_calls_begin_loses_none(self):
        for case in (bad_servers.REST[0], bad_grpc_servers.grpc_servers()[2]):
            self.server.reset(case.script)
            for i in range(20):
                client = Client(self.server.url(case.scheme), 20.0)
                with futures.ThreadPoolExecutor(4) as pool:
                    calls = [
                        pool.submit(client.synthesize, bad_servers.LAYOUT)
                        for _ in range(4)
                    ]
                    time.sleep(i / 3000)
                    client.close()
                    for call in calls:
                        with self.assertRaises(errors.ClosedError):
                            call.result(5)

    def test_a_slow_name_server_meets_the_deadline(self):
        let_go = threading.Event()
        self.addCleanup(let_go.set)
        url = "http://slow.invalid/v1/models/spade"

        def resolve(*_):
            let_go.wait(30)
            raise OSError

        with mock.patch("socket.getaddrinfo", resolve):
            with Client(url, 0.2) as client:
                began = time.monotonic()
                with self.assertRaises(errors.DeadlineError):
                    client.synthesize(bad_servers.LAYOUT)
                self.assertLess(time.monotonic() - began, 0.2 + LATE)

    def test_no_thread_is_left(self):
        before = threading.active_count()
        for _ in range(3):
            with Client(self.server.url("http")):
                pass
        client = Client(self.server.url("http"))
        del client  # nobody closed it
        self.assertEqual(threading.active_count(), before)
