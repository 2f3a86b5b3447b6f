import threading
import time
import unittest

from keras_semsynth.page.render_queue import QueueFull
from keras_semsynth.page.render_queue import RenderQueue

SECONDS = 20


class RenderQueueTest(unittest.TestCase):
    def setUp(self):
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.batches = []
        self.addCleanup(self.gate.set)

    def run_jobs(self, kind, jobs):
        self.entered.release()
        if kind == "hold":
            self.gate.wait(SECONDS)
        self.batches.append((kind, list(jobs)))
        if "bad" in jobs:
            raise ValueError("bad job")
        return [(kind, job) for job in jobs]

    def make_queue(self, **options):
        queue = RenderQueue(self.run_jobs, **options)
        self.addCleanup(queue.close)
        return queue

    def occupy(self, queue):
        """Lets the only thread wait at the gate."""
        future = queue.submit("hold", 0)
        self.assertTrue(self.entered.acquire(timeout=SECONDS))
        return future

    def test_every_job_gets_its_own_result(self):
        queue = self.make_queue(threads=3, max_waiting=100, max_batch=4)
        futures = [queue.submit(i % 2, i) for i in range(60)]
        results = [future.result(SECONDS) for future in futures]
        self.assertEqual(results, [(i % 2, i) for i in range(60)])

    def test_what_waits_is_batched_by_kind_in_order(self):
        queue = self.make_queue(max_batch=3)
        self.occupy(queue)
        futures = [queue.submit(kind, i) for i, kind in enumerate("aabaac")]
        self.gate.set()
        for future in futures:
            future.result(SECONDS)
        self.assertEqual(
            self.batches[1:],
            [("a", [0, 1, 3]), ("b", [2]), ("a", [4]), ("c", [5])],
        )

    def test_one_job_beyond_the_limit_is_refused_with_a_time(self):
        queue = self.make_queue(max_waiting=2)
        held = self.occupy(queue)
        futures = [queue.submit("a", i) for i in range(2)]
        with self.assertRaises(QueueFull) as context:
            queue.submit("a", 2)
        self.assertGreaterEqual(context.exception.retry_after, 1)
        self.assertIn("Try again in", str(context.exception))
        # A job that nobody waits for any more makes room, and is not run.
        futures[0].cancel()
        futures.append(queue.submit("a", 3))
        self.gate.set()
        self.assertEqual(held.result(SECONDS), ("hold", 0))
        self.assertEqual(futures[1].result(SECONDS), ("a", 1))
        self.assertEqual(futures[2].result(SECONDS), ("a", 3))
        self.assertNotIn(("a", [0]), self.batches)

    def test_a_bad_job_does_not_spoil_its_batch(self):
        queue = self.make_queue(max_batch=4)
        self.occupy(queue)
        good, bad, other = [queue.submit("a", job) for job in (1, "bad", 2)]
        self.gate.set()
        self.assertEqual(good.result(SECONDS), ("a", 1))
        self.assertEqual(other.result(SECONDS), ("a", 2))
        with self.assertRaisesRegex(ValueError, "bad job"):
            bad.result(SECONDS)

    def test_closing_cancels_what_waits_and_ends_the_threads(self):
        queue = self.make_queue()
        held = self.occupy(queue)
        waiting = queue.submit("a", 1)
        queue.close()
        self.assertTrue(waiting.cancelled())
        with self.assertRaises(QueueFull):
            queue.submit("a", 2)
        self.gate.set()
        held.result(SECONDS)
        end = time.monotonic() + SECONDS
        while any(thread.is_alive() for thread in queue._threads):
            self.assertLess(time.monotonic(), end)
            time.sleep(0.01)

    def test_arguments_are_checked(self):
        with self.assertRaisesRegex(ValueError, "`max_waiting`"):
            RenderQueue(self.run_jobs, max_waiting=0)
