import http.client
import threading
import time

import numpy as np

from tests.files.png_files import encoded
from tests.page.page_case import LAYOUT
from tests.page.page_case import PageCase
from tests.page.page_case import create_app
from tests.page.page_case import pixels
from tests.page.painting_model import PaintingModel
from tests.page.painting_model import served


class LoadTest(PageCase):
    def in_background(self, number, **options):
        """Asks for pictures at the same time; returns the answers' list."""
        answers = []
        threads = [
            threading.Thread(
                target=lambda seed: answers.append(
                    self.paint(query=f"?seed={seed}", **options)
                ),
                args=[seed],
            )
            for seed in range(number)
        ]
        for thread in threads:
            thread.start()
            self.addCleanup(thread.join, 30)
        return answers

    def wait_until(self, condition):
        end = time.monotonic() + 30
        while not condition():
            self.assertLess(time.monotonic(), end, "nothing happened")
            time.sleep(0.01)

    def test_a_slow_picture_does_not_block_the_page(self):
        self.start()
        self.model.gate.clear()
        answers = self.in_background(1)
        started = time.monotonic()
        for path in ("/", "/api/model", "/static/main.js"):
            self.assertEqual(self.client.get(path).status_code, 200)
        self.assertLess(time.monotonic() - started, 15)
        self.assertEqual(answers, [])
        self.model.gate.set()
        self.wait_until(lambda: answers)
        self.assertEqual(answers[0].status_code, 200)

    def test_beyond_the_queue_requests_are_told_when_to_come_back(self):
        self.start(max_waiting=3, max_batch=1)
        self.model.gate.clear()
        answers = self.in_background(9)
        # One is in the model and three wait.
        self.wait_until(lambda: len(answers) == 5)
        for answer in answers:
            self.assert_error(answer, 503, "Try again in")
            self.assertGreaterEqual(int(answer.headers["retry-after"]), 1)
        self.model.gate.set()
        self.wait_until(lambda: len(answers) == 9)
        self.assertEqual([a.status_code for a in answers[5:]], [200] * 4)

    def test_200_requests_of_8_clients_all_get_their_own_picture(self):
        self.start(max_waiting=8)
        wrong = []

        def work(worker):
            for i in range(25):
                seed = 25 * worker + i
                layout = np.roll(LAYOUT, seed, axis=1)
                response = self.paint(layout, f"?seed={seed}")
                expected = self.model.picture(layout, seed)
                if response.status_code != 200 or not np.array_equal(
                    pixels(response), expected
                ):
                    wrong.append(seed)

        threads = [threading.Thread(target=work, args=[i]) for i in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        self.assertEqual(wrong, [])
        self.assertEqual(len(self.model.asked), 200)

    def test_a_picture_that_nobody_waits_for_is_not_made(self):
        model = PaintingModel()
        model.gate.clear()
        app = create_app(model, max_batch=1)
        queue = app.app.state.page.queue
        with served(app) as address:
            connections = [
                http.client.HTTPConnection(address[7:]) for _ in range(2)
            ]
            for connection in connections:
                self.addCleanup(connection.close)
            for number, connection in enumerate(connections):
                connection.request(
                    "POST",
                    f"/api/image?seed={number}",
                    encoded(LAYOUT),
                    {"Content-Type": "image/png"},
                )
                self.wait_until(
                    lambda n=number: model.begun and len(queue._waiting) == n
                )
            connections[1].close()
            self.wait_until(lambda: queue._waiting[0][2].cancelled())
            model.gate.set()
            self.assertEqual(connections[0].getresponse().status, 200)
        self.assertEqual([seed for _, seed, _ in model.asked], [0])

    def test_a_body_that_does_not_come_is_not_waited_for(self):
        app = create_app(PaintingModel())
        app.app.state.page.bodies.seconds = 0.1
        with served(app) as address:
            connection = http.client.HTTPConnection(address[7:])
            connection.putrequest("POST", "/api/image")
            connection.putheader("Content-Type", "image/png")
            connection.putheader("Content-Length", "1000")
            connection.endheaders(b"\x89PNG")
            self.assertEqual(connection.getresponse().status, 408)
            connection.close()
