"""More pictures than disk or memory hold are refused before they are listed."""

import contextlib
import io
import pathlib
import tempfile
import time
import unittest
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth import backend
from keras_semsynth.backend import peak_process_memory
from keras_semsynth.commands.generate import main as generate
from keras_semsynth.synthesis import Layout
from keras_semsynth.synthesis import Look
from keras_semsynth.synthesis import Renderer
from keras_semsynth.synthesis.room import require_room
from tests import finished_run

HUGE = 10**9


class RoomTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.generator = finished_run.write_run(cls.root / "run", noise=True)
        cls.synthesizer = Synthesizer.from_preset(cls.root / "run")
        (cls.root / "labels").mkdir()
        layout = Image.fromarray(finished_run.layout())
        layout.save(cls.root / "labels" / "a.png")

    def setUp(self):
        start, before = time.monotonic(), peak_process_memory()

        def check():
            self.assertLess(peak_process_memory() - before, 2**28)
            self.assertLess(time.monotonic() - start, 60)

        self.addCleanup(check)

    def test_folders_of_images_are_refused_with_their_number(self):
        for flags, expected in (
            ((f"--count={HUGE}",), "1000000000 images .* lower --count"),
            ((f"--interpolate={HUGE}",), "1000000000 images .*--interpolate"),
            (
                ("--resample=sky", f"--count={HUGE}"),
                "1000000000 images .* lower --count",
            ),
            ((f"--count={10**30}",), "--count.* from 1 to 1000000000000"),
            ((f"--interpolate={10**30}",), "--interpolate.* from 2 to"),
        ):
            stderr = io.StringIO()
            with (
                self.subTest(flags),
                contextlib.redirect_stderr(stderr),
                self.assertRaises(SystemExit) as caught,
            ):
                generate(
                    [
                        "semsynth generate",
                        f"--run={self.root / 'run'}",
                        f"--input={self.root / 'labels'}",
                        f"--output={self.root / 'images'}",
                        *flags,
                    ]
                )
            self.assertEqual(caught.exception.code, 2)
            self.assertRegex(stderr.getvalue(), f"^Error: .*{expected}.*\n$")
        self.assertFalse((self.root / "images").exists())

    def test_the_disk_and_the_memory_are_named(self):
        with (
            mock.patch("shutil.disk_usage", return_value=mock.Mock(free=2**30)),
            self.assertRaisesRegex(
                ValueError,
                f"300000 images would take at least 1.1 GiB, but the disk "
                f"that holds {self.root} has 1.0 GiB left: lower `count`",
            ),
        ):
            require_room(3, 100000, self.root / "new/images", "`count`")
        with (
            mock.patch.object(
                backend, "total_system_memory", return_value=2**20
            ),
            self.assertRaisesRegex(
                ValueError, "A list of 2000 images .* 1 MiB: lower `count`"
            ),
        ):
            require_room(2, 1000, None, "`count`")

    def test_pictures_that_would_be_in_memory_together_are_refused(self):
        layout = finished_run.layout()
        for call, lower in (
            (lambda: self.synthesizer.synthesize(layout, count=HUGE), "count"),
            (
                lambda: self.synthesizer.interpolate(layout, 1, 2, steps=HUGE),
                "steps",
            ),
            (
                lambda: self.synthesizer.resample_region(
                    layout, "sky", count=HUGE
                ),
                "count",
            ),
        ):
            with self.assertRaisesRegex(
                ValueError, f"1000000000 pictures .* lower `{lower}`"
            ):
                call()

    def test_a_layout_without_end_is_refused_before_it_is_copied(self):
        layout = np.broadcast_to(np.zeros(1, "uint8"), (10**6, 10**6))
        with self.assertRaisesRegex(ValueError, "A layout .* lower its size"):
            self.synthesizer.synthesize(layout)

    def test_features_of_a_large_picture_count(self):
        renderer = Renderer(self.generator)
        layout = Layout.fit(self.generator, finished_run.layout())
        with (
            mock.patch.object(backend, "total_memory", return_value=2**14),
            self.assertRaisesRegex(
                ValueError,
                "A batch of 1 pictures of 32x64 pixels would need .* lower "
                "the size of the layouts or `batch_size`",
            ),
        ):
            renderer.render([layout], [Look(seed=1)])

    def test_an_error_of_the_framework_becomes_a_sentence(self):
        renderer = Renderer(self.generator)
        layout = Layout.fit(self.generator, finished_run.layout())
        with (
            mock.patch.object(
                renderer, "_draw", side_effect=RuntimeError("std::bad_alloc")
            ),
            self.assertRaisesRegex(
                backend.OutOfMemoryError,
                "^A batch of 2 pictures of 32x64 pixels needed more memory "
                "than there is: lower the size of the layouts or",
            ),
        ):
            renderer.render([layout] * 2, [Look(seed=1)] * 2)
