import io
import os
import pathlib
import tempfile
import time
import unittest

from keras_semsynth.bulk.progress import shown_progress


class BulkProgressTest(unittest.TestCase):
    def test_images_of_this_run_are_counted(self):
        stream = io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "deep" / ".bulk").mkdir(parents=True)
            kept = root / "kept.png"
            kept.touch()
            os.utime(kept, (1e9, 1e9))
            with shown_progress(folder, 4, 0.05, stream):
                (root / "deep" / "a.png").touch()
                (root / "deep" / ".bulk" / "unfinished.png").touch()
                (root / "manifest.jsonl").touch()
                time.sleep(0.5)
        lines = stream.getvalue().splitlines()
        self.assertRegex(lines[-1], r"^\[=+\.+\] 1/3 images - .* left$")

    def test_a_short_run_prints_nothing(self):
        stream = io.StringIO()
        with tempfile.TemporaryDirectory() as folder:
            with shown_progress(folder, 4, 60.0, stream):
                pass
        self.assertEqual(stream.getvalue(), "")
