import unittest

import pytest

from keras_semsynth.client.request_loop import RequestLoop

httpx = pytest.importorskip("httpx", reason="the client needs the extra")


class RequestLoopTest(unittest.TestCase):
    def test_a_closed_loop_holds_no_file(self):
        requests = RequestLoop(httpx.AsyncClient())
        loop = requests._loop
        requests.close()
        self.assertTrue(loop.is_closed())

    def test_nor_does_one_whose_last_reference_goes_in_its_own_thread(self):
        holder = [RequestLoop(httpx.AsyncClient())]
        loop, thread = holder[0]._loop, holder[0]._thread
        loop.call_soon_threadsafe(holder.clear)
        thread.join(10)
        self.assertTrue(loop.is_closed())
