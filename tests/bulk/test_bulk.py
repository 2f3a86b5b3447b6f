import contextlib
import functools
import io
import json
import pathlib
import pickle
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np
import pytest
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth.commands import generate
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import set_max_pixels
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.renderer import Renderer
from tests import finished_run

pytest.importorskip("apache_beam", reason="needs keras_semsynth[beam]")

from keras_semsynth.bulk import pipeline as bulk_pipeline  # noqa: E402
from keras_semsynth.bulk.plan import Job  # noqa: E402

# Of Apache Beam and what it imports.
pytestmark = pytest.mark.filterwarnings("default")


class BulkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.runs = pathlib.Path(folder.name)
        finished_run.write_run(cls.runs / "plain")
        finished_run.write_run(cls.runs / "style", style=True)
        finished_run.write_run(cls.runs / "noise", noise=True)
        finished_run.write_run(cls.runs / "edges", use_edge_map=True)
        # Loading takes most of the time, and nothing here changes a run.
        opened = functools.cache(Synthesizer.from_preset)
        load = mock.patch.object(Synthesizer, "from_preset", opened)
        load.start()
        cls.addClassCleanup(load.stop)

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.labels = self.root / "labels [1]"  # no pattern, a name
        self.images = self.root / "images [2]"
        self.layouts = {
            "a.png": finished_run.layout(),
            "deep/b.png": finished_run.layout(ids=(2, 0)),
            "deep/large.png": finished_run.layout((64, 64)),
        }
        for name, layout in self.layouts.items():
            self.write_layout(name, layout)

    def write_layout(self, name, layout):
        path = self.labels / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(layout).save(path)

    def run_command(self, *arguments, run="noise"):
        stdout, stderr = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(stdout):
            with contextlib.redirect_stderr(stderr):
                try:
                    status = generate.main(
                        [
                            "generate",
                            "--runner=DirectRunner",
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

    def failure(self, *arguments, run="noise"):
        self.assertEqual(self.run_command(*arguments, run=run), 2)
        self.assertEqual(self.errors.count("\n"), 1, self.errors)
        return self.errors

    def manifest(self):
        text = (self.images / "manifest.jsonl").read_text()
        lines = [json.loads(line) for line in text.splitlines()]
        names = [line["output"] for line in lines]
        self.assertEqual(names, sorted(set(names)))
        return {line["output"]: line for line in lines}

    def statuses(self):
        return {k: v["status"] for k, v in self.manifest().items()}

    def test_images_are_those_of_the_synthesizer(self):
        status = self.run_command("--count=2", "--seed=4", "--batch_size=3")
        self.assertEqual(status, 0, self.errors)
        synthesizer = Synthesizer.from_preset(self.runs / "noise")
        manifest = self.manifest()
        self.assertEqual(len(manifest), 6)
        for name, layout in self.layouts.items():
            for seed in (4, 5):
                output = name.replace(".png", f"_seed{seed}.png")
                expected = {
                    "input": name,
                    "output": output,
                    "status": "written",
                    "seed": seed,
                    "error": None,
                }
                self.assertEqual(manifest[output], expected)
                with Image.open(self.images / output) as image:
                    made = np.asarray(image, "int32")
                alone = synthesizer.synthesize(layout, seed=seed)[0]
                np.testing.assert_array_equal(made, alone)

    def test_only_images_and_manifest_are_left(self):
        self.run_command()
        left = sorted(
            str(p.relative_to(self.images))
            for p in self.images.rglob("*")
            if p.is_file()
        )
        expected = [*self.layouts, "manifest.jsonl"]
        self.assertEqual(left, expected)
        self.assertFalse((self.images / ".bulk").exists())

    def test_bad_files_are_reported_and_stop_nothing(self):
        (self.labels / "broken.png").write_bytes(b"no picture")
        whole = (self.labels / "a.png").read_bytes()
        (self.labels / "cut.png").write_bytes(whole[:-30])
        self.write_layout("high.png", np.full((32, 64), 7, "uint8"))
        self.assertEqual(self.run_command(), 1)
        self.assertIn("3 images written, 0 kept, 3 failed", self.errors)
        manifest = self.manifest()
        for name in ("broken.png", "cut.png", "high.png"):
            self.assertEqual(manifest[name]["status"], "failed")
            self.assertIn(name, manifest[name]["error"])
            self.assertFalse((self.images / name).exists())
        self.assertIn("7", manifest["high.png"]["error"])
        self.assertEqual(manifest["a.png"]["status"], "written")

    def test_the_same_command_again_makes_what_is_missing_or_torn(self):
        self.assertEqual(self.run_command(), 0, self.errors)
        first = self.images / "a.png"
        content, time = first.read_bytes(), first.stat().st_mtime_ns
        (self.images / "deep" / "b.png").unlink()
        torn = self.images / "deep" / "large.png"
        whole = torn.read_bytes()
        torn.write_bytes(whole[: len(whole) // 2])
        self.assertEqual(self.run_command(), 0, self.errors)
        self.assertIn("2 images written, 1 kept, 0 failed", self.output)
        self.assertEqual(
            self.statuses(),
            {
                "a.png": "kept",
                "deep/b.png": "written",
                "deep/large.png": "written",
            },
        )
        self.assertEqual(first.stat().st_mtime_ns, time)
        self.assertEqual(first.read_bytes(), content)
        self.assertEqual(torn.read_bytes(), whole)

    def test_images_made_otherwise_are_not_replaced_unasked(self):
        self.assertEqual(self.run_command("--seed=1"), 0, self.errors)
        foreign = self.images / "deep" / "b.png"
        foreign.write_bytes(b"my notes")
        before = (self.images / "a.png").read_bytes()
        self.assertEqual(self.run_command("--seed=2"), 1)
        self.assertEqual(set(self.statuses().values()), {"failed"})
        self.assertIn("`overwrite`", self.manifest()["a.png"]["error"])
        self.assertEqual((self.images / "a.png").read_bytes(), before)
        self.assertEqual(foreign.read_bytes(), b"my notes")
        self.assertEqual(self.run_command("--seed=2", "--overwrite"), 0)
        self.assertEqual(set(self.statuses().values()), {"written"})
        self.assertNotEqual((self.images / "a.png").read_bytes(), before)

    def test_a_style_image_sets_the_look(self):
        photograph = self.root / "look.png"
        pixels = np.random.default_rng(3).integers(0, 256, (40, 50, 3))
        Image.fromarray(pixels.astype("uint8")).save(photograph)
        status = self.run_command(f"--style={photograph}", run="style")
        self.assertEqual(status, 0, self.errors)
        synthesizer = Synthesizer.from_preset(self.runs / "style")
        alone = synthesizer.synthesize(
            self.layouts["a.png"], style=str(photograph)
        )
        with Image.open(self.images / "a.png") as image:
            made = np.asarray(image, "int32")
        np.testing.assert_array_equal(made, alone[0])
        self.assertIsNone(self.manifest()["a.png"]["seed"])

    def test_instance_maps_are_found_by_name(self):
        instances = self.root / "instances"
        for name in ("a.png", "deep/large.png"):
            path = instances / name
            path.parent.mkdir(parents=True, exist_ok=True)
            size = self.layouts[name].shape
            ids = np.zeros(size, "uint8")
            ids[: size[0] // 2] = 1
            Image.fromarray(ids).save(path)
        status = self.run_command(f"--instances={instances}", run="edges")
        self.assertEqual(status, 1)
        manifest = self.manifest()
        self.assertIn("`instances`", manifest["deep/b.png"]["error"])
        synthesizer = Synthesizer.from_preset(self.runs / "edges")
        alone = synthesizer.synthesize(
            self.layouts["a.png"], instances=instances / "a.png"
        )
        with Image.open(self.images / "a.png") as image:
            made = np.asarray(image, "int32")
        np.testing.assert_array_equal(made, alone[0])

    def test_a_limit_of_pixels_travels_to_the_workers(self):
        synthesizer = Synthesizer.from_preset(self.runs / "noise")
        pixels = self.layouts["a.png"].size
        self.addCleanup(set_max_pixels, max_pixels())
        for limit in (pixels, pixels - 1):
            set_max_pixels(limit)
            sent = pickle.dumps(
                bulk_pipeline.ReadLayouts(
                    functools.partial(Layout.fit, synthesizer.inputs),
                    Look(),
                    str(self.labels),
                    bulk_pipeline.Target(str(self.images)),
                    recipe="",
                )
            )
            set_max_pixels()
            reader = pickle.loads(sent)
            reader.setup()
            (result,) = reader.process(Job("a.png", ("a.png",), (1,)))
            if limit == pixels:
                self.assertEqual(result.look.seed, 1)
            else:
                self.assertIn("has 64 x 32 pixels", result.value)

    def test_a_batch_that_fails_is_tried_one_by_one(self):
        render = Renderer.render
        failing = self.layouts["a.png"]

        def out_of_memory(renderer, layouts, looks):
            if any(np.array_equal(x.label_map, failing) for x in layouts):
                raise MemoryError("too large\nand more")
            return render(renderer, layouts, looks)

        with mock.patch.object(Renderer, "render", out_of_memory):
            self.assertEqual(self.run_command(), 1)
        line = self.manifest()["a.png"]
        self.assertEqual(line["status"], "failed")
        self.assertIn("MemoryError: too large", line["error"])
        self.assertEqual(self.statuses()["deep/b.png"], "written")

    def test_a_full_disk_stops_the_run_and_the_next_goes_on(self):
        full = OSError(28, "No space left on device")
        with mock.patch.object(bulk_pipeline, "encode_png", side_effect=full):
            self.assertEqual(self.run_command(), 1)
        self.assertIn("is full: free some space", self.errors)
        self.assertFalse((self.images / "manifest.jsonl").exists())
        self.assertEqual(self.run_command(), 0, self.errors)
        self.assertIn("3 images written", self.output)

    def test_mistakes_are_told_before_anything_is_written(self):
        for arguments, part in (
            (["--runner=NoRunner"], "NoRunner"),
            (["--resample=sky"], "--resample and --runner exclude"),
            (["--colorize"], "--colorize and --runner exclude"),
            ([f"--output={self.labels}"], "the same folder"),
            ([f"--input={self.labels / 'nowhere'}"], "does not exist"),
            ([f"--input={self.runs}"], "holds no label maps"),
            (["--instances=x"], "takes no edge map"),
            (["--style=x.png"], "style encoder"),
            (["--beam_options=--a=b"], "name=value"),
        ):
            with self.subTest(arguments):
                self.assertIn(part, self.failure(*arguments))
                self.assertFalse(self.images.exists())
        self.assertIn("random input", self.failure("--count=2", run="plain"))
        self.write_layout("a.bmp", finished_run.layout())
        self.assertIn("rename one of them", self.failure())

    def test_two_runs_do_not_share_a_folder(self):
        work = self.images / ".bulk"
        work.mkdir(parents=True)
        other = RunDirectory(work)
        other.acquire()
        self.addCleanup(other.release)
        self.assertIn("Another process", self.failure())

    def test_models_without_noise_have_no_seed_in_the_manifest(self):
        keras.utils.set_random_seed(1)
        self.assertEqual(self.run_command(run="plain"), 0, self.errors)
        seeds = {line["seed"] for line in self.manifest().values()}
        self.assertEqual(seeds, {None})
