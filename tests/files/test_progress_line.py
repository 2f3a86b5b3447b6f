import io
import unittest

from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.files.progress_line import format_seconds


class Terminal(io.StringIO):
    def isatty(self):
        return True


class Clock:
    now = 0.0

    def __call__(self):
        return self.now


def shown(stream, steps=4, seconds=2.0, **options):
    clock = Clock()
    line = ProgressLine(
        "Making", steps, "label maps", stream=stream, clock=clock, **options
    )
    for done in range(1, steps + 1):
        clock.now += seconds
        line.update(done, images=2 * done)
    return stream.getvalue()


class ProgressLineTest(unittest.TestCase):
    def test_a_terminal_rewrites_one_line(self):
        text = shown(Terminal())
        lines = [line.strip() for line in text.split("\r")[1:]]
        self.assertEqual(
            lines[0],
            "Making [=====...............] 1/4 label maps - 1.0 images/s - "
            "0:00:06 left",
        )
        self.assertEqual(
            lines[-1],
            "Making [====================] 4/4 label maps - 1.0 images/s - "
            "0:00:08",
        )
        self.assertEqual(text.count("\n"), 1)

    def test_a_shorter_line_leaves_nothing_of_a_longer_one(self):
        stream = Terminal()
        line = ProgressLine(stream=stream)
        line.show(["a long line"])
        line.show(["short"])
        self.assertEqual(stream.getvalue(), "\ra long line\rshort      ")

    def test_a_pipe_gets_a_line_now_and_then_and_the_last_one(self):
        text = shown(io.StringIO(), steps=40, every_seconds=30.0)
        self.assertEqual(text.count("\n"), 3)
        self.assertNotIn("\r", text)
        self.assertIn("40/40", text.splitlines()[-1])

    def test_nothing_follows_the_last_line(self):
        stream = io.StringIO()
        line = ProgressLine(stream=stream)
        line.update(1)
        line.update(1)
        self.assertEqual(stream.getvalue().count("\n"), 1)

    def test_seconds_are_readable(self):
        self.assertEqual(format_seconds(99.6), "0:01:40")
        self.assertEqual(format_seconds(26 * 3600), "1 day 2:00:00")
