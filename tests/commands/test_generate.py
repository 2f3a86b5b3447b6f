import contextlib
import functools
import io
import os
import pathlib
import shutil
import tempfile
import unittest
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth.commands import generate
from keras_semsynth.files import atomic
from keras_semsynth.files import outputs
from tests import finished_run
from tests.data.files import write_image


class GenerateTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.runs = pathlib.Path(folder.name)
        finished_run.write_run(cls.runs / "plain")
        finished_run.write_run(cls.runs / "style", style=True)
        finished_run.write_run(cls.runs / "noise", noise=True)
        finished_run.write_translation_run(cls.runs / "translation")
        # Loading takes most of the time, and nothing here changes a run.
        load = mock.patch.object(
            Synthesizer, "from_preset", functools.cache(Synthesizer.from_preset)
        )
        load.start()
        cls.addClassCleanup(load.stop)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.labels = self.root / "labels"
        self.images = self.root / "images"
        for name in ("a.png", "deep/b.png"):
            path = self.labels / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(finished_run.layout()).save(path)

    def run_command(self, *arguments, run="plain"):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = generate.main(
                        [
                            "generate",
                            f"--run={self.runs / run}",
                            f"--input={self.labels}",
                            f"--output={self.images}",
                            *arguments,
                        ]
                    )
                except SystemExit as error:
                    status = error.code
        self.output, self.errors = stdout.getvalue(), stderr.getvalue()
        return status

    def failure(self, *arguments, run="plain"):
        self.assertEqual(self.run_command(*arguments, run=run), 2)
        self.assertEqual(self.errors.count("\n"), 1, self.errors)
        return self.errors

    def written(self):
        return sorted(
            str(p.relative_to(self.images)) for p in self.images.rglob("*.png")
        )

    def test_a_folder_becomes_images_of_the_same_names(self):
        self.assertEqual(self.run_command(), 0, self.errors)
        self.assertEqual(self.written(), ["a.png", "deep/b.png"])
        with Image.open(self.images / "a.png") as image:
            self.assertEqual((image.size, image.mode), ((64, 32), "RGB"))
        self.assertIn("2/2 label maps", self.output)

    def test_a_single_file_will_do(self):
        self.assertEqual(
            self.run_command(f"--input={self.labels / 'a.png'}"), 0
        )
        self.assertEqual(self.written(), ["a.png"])

    def test_count_and_seed_vary_a_model_with_a_random_input(self):
        self.assertEqual(
            self.run_command("--count=2", "--seed=5", run="style"), 0
        )
        self.assertEqual(
            self.written(),
            ["a_seed5.png", "a_seed6.png", "a_sheet.png"]
            + ["deep/b_seed5.png", "deep/b_seed6.png", "deep/b_sheet.png"],
        )
        first, second = self.image("a_seed5"), self.image("a_seed6")
        self.assertTrue((first != second).any())
        # One layout in two files: the seed alone decides.
        np.testing.assert_array_equal(first, self.image("deep/b_seed5"))

    def image(self, name):
        return np.asarray(Image.open(self.images / f"{name}.png"))

    def test_interpolation_starts_and_ends_at_the_seeds(self):
        self.assertEqual(
            self.run_command(
                "--interpolate=3", "--seed=5", "--to=8", run="style"
            ),
            0,
            self.errors,
        )
        self.assertIn("a_sheet.png", self.written())
        first, last = self.image("a_step0"), self.image("a_step2")
        for seed, expected in ((5, first), (8, last)):
            self.run_command(f"--seed={seed}", "--overwrite", run="style")
            np.testing.assert_array_equal(self.image("a"), expected)
        middle = self.image("a_step1")
        self.assertTrue((middle != first).any() and (middle != last).any())

    def test_interpolation_goes_from_photograph_to_photograph(self):
        photos = [
            write_image(self.root / f"{i}.png", (40, 40), i) for i in range(2)
        ]
        self.assertEqual(
            self.run_command(
                "--interpolate=2",
                f"--style={photos[0]}",
                f"--to={photos[1]}",
                run="style",
            ),
            0,
            self.errors,
        )
        self.run_command(f"--style={photos[1]}", "--overwrite", run="style")
        np.testing.assert_array_equal(self.image("a"), self.image("a_step1"))

    def test_one_region_can_get_new_noise(self):
        self.assertEqual(
            self.run_command("--resample=sand", "--count=2", run="noise"),
            0,
            self.errors,
        )
        first, second = self.image("a_noise0"), self.image("a_noise1")
        self.run_command("--seed=0", "--overwrite", run="noise")
        np.testing.assert_array_equal(first, self.image("a"))
        # Sand is the right third; the left one changes far less, through
        # the coarse blocks only.
        change = np.abs(first.astype("float32") - second).mean((0, 2))
        self.assertTrue((change[43:] > 0).all())
        self.assertGreater(change[43:].mean(), 3 * change[:21].mean())

    def test_what_does_not_go_together_is_said(self):
        self.assertIn(
            "exclude each other",
            self.failure("--interpolate=2", "--resample=sky", run="noise"),
        )
        self.assertIn("give both", self.failure("--to=3", run="style"))
        for flag in ("--resample=sky", "--style=sky=3"):
            message = self.failure(flag, run="style")
            self.assertIn("whose noise may differ by region", message)
        self.assertIn("would be equal", self.failure("--interpolate=2"))
        message = self.failure("--resample=moon", run="noise")
        self.assertIn("There is no class 'moon'", message)
        self.assertIn("sky, sea", message)

    def test_seeds_without_a_random_input_are_said_to_be_useless(self):
        self.assertIn("would be equal", self.failure("--count=2"))
        self.assertEqual(self.run_command("--seed=5"), 0)
        self.assertIn("the seed has no effect", self.output)

    def test_a_style_photograph_sets_the_look(self):
        photo = write_image(self.root / "photo.png", (40, 40))
        self.assertEqual(
            self.run_command(f"--style={photo}", run="style"), 0, self.errors
        )
        message = self.failure(f"--style={photo}", "--overwrite")
        self.assertIn("encoder.keras", message)
        message = self.failure("--style=absent.jpg", "--overwrite", run="style")
        self.assertIn("absent.jpg does not exist", message)

    def test_layouts_are_painted_on_demand(self):
        self.assertEqual(self.run_command("--colorize"), 0)
        self.assertIn("layouts/deep/b.png", self.written())
        image = np.asarray(Image.open(self.images / "layouts/a.png"))
        self.assertEqual(len(np.unique(image.reshape(-1, 3), axis=0)), 3)

    def translate(self, *arguments, run="translation"):
        """Runs the command on three sources and two references."""
        given = {"--source": "day", "--reference": "dusk"}
        for name, count in (("day", 3), ("dusk", 2)):
            (self.root / name).mkdir(exist_ok=True)
            for i in range(count):
                Image.fromarray(
                    finished_run.photograph((20 + i, 30), count + i)
                ).save(self.root / name / f"{i}.png")
        names = [a.partition("=")[0] for a in arguments]
        flags = [
            f"{name}={self.root / folder}"
            for name, folder in given.items()
            if name not in names
        ]
        flags += [f"--run={self.runs / run}", f"--output={self.images}"]
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = generate.main(["generate", *flags, *arguments])
                except SystemExit as error:
                    status = error.code
        self.output, self.errors = stdout.getvalue(), stderr.getvalue()
        return status

    def test_photographs_are_repainted_in_the_style_of_references(self):
        self.assertEqual(self.translate("--grid=2"), 0, self.errors)
        self.assertIn("3/3 photographs", self.output)
        self.assertEqual(self.written(), ["0.png", "1.png", "2.png"])
        # Two styles above two sources.
        with Image.open(self.root / "images_grid.png") as table:
            self.assertGreater(table.size[0], 3 * 128)
        synthesizer = Synthesizer.from_preset(self.runs / "translation")
        # The third source starts the references anew.
        for source, reference in ((0, 0), (1, 1), (2, 0)):
            np.testing.assert_array_equal(
                self.image(source),
                synthesizer.translate(
                    self.root / "day" / f"{source}.png",
                    self.root / "dusk" / f"{reference}.png",
                ),
            )
            self.assertEqual(self.image(source).shape, (20 + source, 30, 3))

    def test_a_translation_goes_on_where_it_was_stopped(self):
        one = f"--reference={self.root / 'dusk' / '1.png'}"
        self.translate(one)
        self.assertEqual(self.translate(one), 2)
        self.assertIn("exists already", self.errors)
        kept = self.image(1)
        (self.images / "2.png").unlink()
        self.assertEqual(self.translate("--skip_existing"), 0, self.errors)
        self.assertIn("1/1 photographs", self.output)
        np.testing.assert_array_equal(self.image(1), kept)
        self.assertEqual(self.translate("--overwrite", "--seed=1"), 0)
        self.assertTrue((self.image(0) != kept[:20]).any())
        self.assertIn("the seed has no effect", self.output)

    def test_layouts_and_photographs_do_not_mix(self):
        for arguments, run, reason in (
            ((), "plain", "paints layouts: give it layouts instead"),
            ((f"--input={self.labels}",), "translation", "--input is for"),
            (("--count=2",), "translation", "--count is for layouts"),
            (("--source=absent",), "translation", "--source=absent does not"),
            (("--reference=absent",), "translation", "--reference=absent"),
            (
                (f"--output={self.root / 'dusk'}", "--overwrite"),
                "translation",
                "would count as its photographs",
            ),
        ):
            with self.subTest(reason):
                self.assertEqual(self.translate(*arguments, run=run), 2)
                self.assertEqual(self.errors.count("\n"), 1, self.errors)
                self.assertIn(reason, self.errors)
        self.assertIn(
            "takes no layouts: give it photographs",
            self.failure(run="translation"),
        )
        self.assertFalse(self.images.exists())

    def test_a_photograph_that_cannot_be_read_is_skipped_and_named(self):
        self.translate()
        (self.root / "day" / "torn.png").write_bytes(b"\x89PNG")
        self.assertEqual(self.translate("--skip_existing", "--grid=2"), 1)
        self.assertIn("torn.png", self.errors)
        self.assertIn("1 of 1 photographs could not", self.errors)

    def test_a_bad_label_map_is_skipped_and_named(self):
        wrong = np.full((32, 64), 77, "uint8")
        Image.fromarray(wrong).save(self.labels / "wrong.png")
        (self.labels / "torn.png").write_bytes(b"\x89PNG")
        self.assertEqual(self.run_command(), 1)
        self.assertEqual(self.written(), ["a.png", "deep/b.png"])
        self.assertIn("wrong.png: Label id 77", self.errors)
        self.assertIn("torn.png", self.errors)
        self.assertIn("2 of 4 label maps", self.errors)

    def test_a_large_picture_is_named_with_the_flag_that_allows_it(self):
        Image.new("L", (64, 33)).save(self.labels / "satellite.png")
        limit = f"--max_pixels={64 * 32}"
        self.assertEqual(self.run_command(limit), 1)
        self.assertEqual(self.written(), ["a.png", "deep/b.png"])
        self.assertIn("satellite.png has 64 x 33 pixels", self.errors)
        self.assertIn("raise the limit with --max_pixels=2112", self.errors)
        style = f"--style={self.labels / 'satellite.png'}"
        message = self.failure(limit, style, "--overwrite", run="style")
        self.assertIn("raise the limit with --max_pixels=2112", message)

    def test_nothing_is_overwritten(self):
        before = (self.labels / "a.png").read_bytes()
        message = self.failure(f"--output={self.labels}", "--overwrite")
        self.assertIn("would be overwritten", message)
        self.assertEqual((self.labels / "a.png").read_bytes(), before)
        self.assertEqual(self.run_command(), 0)
        self.assertIn("exists already", self.failure())
        self.assertEqual(self.run_command("--overwrite"), 0)
        (self.labels / "a.bmp").write_bytes(before)
        self.assertIn("would both be written", self.failure("--overwrite"))

    def test_what_was_stopped_goes_on_where_it_was(self):
        flags = ["--count=2", "--seed=5", "--colorize"]
        self.run_command(*flags, run="style")
        before = {p: p.read_bytes() for p in self.images.rglob("*.png")}
        self.assertEqual(len(before), 8)
        mine = self.images / "a_seed5.png"
        mine.write_bytes(b"mine")
        for name in ("a_seed6.png", "a_sheet.png", "layouts/deep/b.png"):
            (self.images / name).unlink()
        # Of a process that was killed.
        left = self.images / "deep" / atomic.temporary_path("b.png").name
        left = left.with_name(left.name.replace(f"-{os.getpid()}-", "-999999-"))
        left.touch()
        flags.append("--skip_existing")
        self.assertEqual(self.run_command(*flags, run="style"), 0, self.errors)
        self.assertIn("2/2 label maps", self.output)
        self.assertFalse(left.exists())
        self.assertEqual(mine.read_bytes(), b"mine")
        mine.write_bytes(before[mine])
        for path, content in before.items():
            self.assertEqual(path.read_bytes(), content, path)
        self.assertEqual(self.run_command(*flags, run="style"), 0)
        self.assertEqual(
            self.output.splitlines()[-1],
            "The images of 2 label maps exist already.",
        )

    def test_a_style_matrix_does_not_go_on_half_way(self):
        write_image(self.root / "photos/1.png", (40, 40))
        message = self.failure(
            "--style_matrix",
            f"--style={self.root / 'photos'}",
            "--skip_existing",
            run="style",
        )
        self.assertIn("leave --skip_existing out", message)

    def test_results_are_never_taken_for_layouts(self):
        flags = ["--count=2", "--seed=5", "--colorize"]
        self.images = self.labels / "first"
        self.assertEqual(self.run_command(*flags, run="style"), 0)
        self.images = self.labels / "second"
        self.assertEqual(self.run_command(), 0, self.errors)
        self.assertEqual(self.written(), ["a.png", "deep/b.png"])
        self.assertRegex(self.output, r"Note: .*labels holds pictures .*\(8, s")

    def test_odd_names_are_names_like_others(self):
        shutil.rmtree(self.labels)
        self.labels.mkdir()
        names = [
            "-dash.png", "line\nend.png", os.fsdecode(b"\xff.png"), "con.png",
            "\u96ea" * 80 + ".png", "n" * 245 + ".png",
        ]  # fmt: skip
        for name in names:
            Image.fromarray(finished_run.layout()).save(self.labels / name)
        (self.labels / "torn\nfile.png").write_bytes(b"\x89PNG")
        self.assertEqual(self.run_command(), 1, self.errors)
        self.assertEqual(self.written(), sorted(names))
        self.assertEqual(self.errors.count("\n"), 2, self.errors)
        self.images = self.root / "several"
        self.labels = self.labels / names[2]
        self.assertEqual(
            self.run_command("--count=2", run="style"), 0, self.errors
        )

    def test_a_folder_that_cannot_be_written_is_said_at_once(self):
        wrong = OSError(30, "Read-only file system")
        with mock.patch.object(
            outputs.tempfile, "TemporaryFile", side_effect=wrong
        ):
            message = self.failure("--run=absent")
        self.assertIn("cannot be written (Read-only file system)", message)
        self.assertFalse(self.images.exists())

    def test_an_output_inside_the_input_is_not_read_again(self):
        self.images = self.labels / "out"
        self.assertEqual(self.run_command(), 0)
        self.assertEqual(self.run_command("--overwrite"), 0)
        self.assertEqual(self.written(), ["a.png", "deep/b.png"])

    def test_bad_input_is_one_sentence(self):
        self.assertIn("does not exist", self.failure("--input=absent"))
        self.assertIn("--input must be set", self.failure("--input="))
        self.assertIn("There is no generator", self.failure(run="absent"))
        self.assertIn("mean --count?", self.failure("--conut=2"))
        empty = self.root / "empty"
        empty.mkdir()
        self.assertIn("holds no label maps", self.failure(f"--input={empty}"))
