import contextlib
import io
import os
import pathlib
import shlex
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import numpy as np

from keras_semsynth.commands import check_data
from keras_semsynth.commands import train
from keras_semsynth.experiments import find_recipe
from keras_semsynth.training.footprint import Footprint
from keras_semsynth.training.rehearsal import Rehearsal
from tests.data import files

ROOT = pathlib.Path(__file__).resolve().parents[2]


def run_command(*arguments):
    """Exit status, output and error output of the command in a shell."""
    process = subprocess.run(
        [
            sys.executable,
            "-m",
            "keras_semsynth",
            "check_data",
            "--try_steps=0",
            *arguments,
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
    )
    return process.returncode, process.stdout, process.stderr


def check(*arguments):
    """Exit status and report for some flags; nothing is trained."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = check_data.main(["check_data", "--try_steps=0", *arguments])
    return status, out.getvalue()


class CheckDataTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.folders = files.write_pairs(self.root, ["1", "2"], ids=(0, 1, 255))

    def check(self, *arguments):
        folders = (f"--{name}={path}" for name, path in self.folders.items())
        return check("--dataset=folder", *folders, *arguments)

    def test_good_data_print_a_flag_file_that_passes(self):
        status, out = self.check("--num_classes=2", "--ignore_label=255")
        self.assertEqual(status, 0, out)
        self.assertIn("train: 2 pairs", out)
        self.assertRegex(out, r"255 +31.25% +2  unknown")
        recommended = out.split("# Recommended flags\n")[1].split("\n\n")[0]
        self.assertIn("--ignore_label=255", recommended)
        flag_file = self.root / "data.cfg"
        # A flag file of training may hold flags of the model too.
        flag_file.write_text(recommended + "\n--batch_size=2\n")
        status, out, err = run_command(f"--flagfile={flag_file}")
        self.assertEqual(status, 0, out + err)

    def test_a_whole_command_line_is_printed_for_each_machine(self):
        for machine, found in (
            ("cpu", find_recipe(2, "cpu")),
            ("gpu_24gb", find_recipe(2, "gpu_24gb")),
        ):
            _, out = self.check("--num_classes=256", f"--machine={machine}")
            line = out.split("semsynth train")[1].split("\n#")[0]
            flags = shlex.split(line.replace("\\\n", " "))
            experiment = train.main.parse(flags)["experiment"]
            settings = experiment.settings()
            self.assertEqual(settings["data"]["num_classes"], 256)
            self.assertEqual(settings["run"]["run_dir"], "runs/mine")
            self.assertEqual(settings["run"]["epochs"], found.epochs)
            sides = settings["data"]["image_size"]
            self.assertEqual(max(sides), found.longest_side)
            self.assertIn(f"sees {2 * found.epochs} images", out)

    def test_all_problems_of_a_folder_are_reported_at_once(self):
        files.write_image(self.root / "images/3.jpg")
        files.write_image(self.root / "images/4.jpg", (20, 30))
        files.write_labels(self.root / "labels/4.png", files.stripes())
        files.write_labels(self.root / "labels/5.png", files.stripes())
        (self.root / "images/5.jpg").write_bytes(b"broken")
        status, out = self.check("--num_classes=2")
        self.assertEqual(status, 1)
        for text in (
            "1 image in",
            "4.jpg is 30x20",
            "5.jpg cannot be read",
            "Label ids 2, 255 found in",
            "OUT OF RANGE",
            "would fail",
        ):
            self.assertIn(text, out)

    def test_a_suffix_is_recommended_and_following_it_helps(self):
        for path in (self.root / "labels").iterdir():
            path.rename(path.with_stem(f"{path.stem}_mask"))
        flags = ["--num_classes=2", "--ignore_label=255"]
        status, out = self.check(*flags)
        self.assertEqual(status, 1)
        self.assertIn("set --label_suffix=_mask", out)
        recommended = out.split("# Recommended flags\n")[1].split("\n\n")[0]
        self.assertIn("--label_suffix=_mask", recommended)
        status, out = check(*recommended.splitlines())
        self.assertEqual(status, 0, out)

    def test_detected_colours_are_written_and_recommended(self):
        colors = np.array([(200, 0, 0), (0, 0, 200)], "uint8")
        for name in "12":
            files.write_colors(
                self.root / f"labels/{name}.png",
                colors[files.stripes(ids=(0, 1))],
            )
        palette = self.root / "palette.txt"
        # One file was made smaller by a tool: its colours still count.
        path = self.root / "labels/2.png"
        with files.Image.open(path) as image:
            indexed = image.convert("P", palette=files.Image.Palette.ADAPTIVE)
        files.save(path, indexed)
        status, out = self.check(f"--write_palette={palette}")
        self.assertEqual(status, 0, out)
        self.assertIn("Label maps: 1 colour, 1 indexed", out)
        self.assertIn(f"--palette={palette}\n--num_classes=2", out)
        self.assertIn("0 0 200 class 0\n200 0 0 class 1", palette.read_text())
        status, out = self.check(f"--palette={palette}")
        self.assertEqual(status, 0, out)
        self.assertIn("50.00%       2  class 1", out)

    def test_the_embedded_dataset_passes_and_bad_sizes_do_not(self):
        status, out = check()
        self.assertEqual(status, 0)
        self.assertIn("2000 samples made on the fly, 10 classes: sky", out)
        status, out = check(
            "--preprocess_mode=resize_and_crop", "--load_size=32"
        )
        self.assertEqual(status, 1)
        self.assertIn("larger than --load_size=32x32", out)

    def test_an_id_without_class_gets_the_advice_that_helps(self):
        status, out = self.check("--num_classes=2")
        self.assertIn("--num_classes=2\n--ignore_label=255", out)
        for split in ("train", "val"):
            name = f"ADE_{split}_00000001"
            files.write_image(self.root / f"ade/{name}.jpg")
            files.write_labels(
                self.root / f"ade/{name}.png", files.stripes(ids=(0, 200))
            )
        status, out = check("--dataset=ade20k", f"--data_dir={self.root}/ade")
        self.assertEqual(status, 1)
        self.assertIn("Label id 200 found in", out)
        self.assertIn("label maps of ADE20K hold 0 (unknown) to 150", out)
        self.assertNotIn("--num_classes", out)

    def test_masks_of_half_size_are_no_problem_of_faces(self):
        for split, face in (("train", 1), ("test", 2)):
            files.write_image(self.root / f"CelebA-HQ-img/{face}.jpg", (16, 16))
            files.write_labels(
                self.root / f"CelebAMaskHQ-mask/{face}.png",
                files.stripes((8, 8), ids=(0, 18)),
            )
            (self.root / f"{split}_list.txt").write_text(f"{face}\n")
        status, out = check(
            "--dataset=celebamask_hq", f"--data_dir={self.root}"
        )
        self.assertEqual(status, 0, out)
        self.assertRegex(out, r"18 +50.00% +2  cloth")

    def test_it_says_what_training_takes(self):
        sizes = Footprint({"generator": 5_780_000}, 73_400_320, 2**30, 2)
        found = Rehearsal(sizes, 4.3, 2**31, 430)
        with mock.patch.object(
            check_data, "rehearse", return_value=found
        ) as rehearse:
            status, out = self.check(
                "--num_classes=2", "--ignore_label=255", "--try_steps=3"
            )
        (experiment, steps), _ = rehearse.call_args
        self.assertEqual(steps, 3)
        self.assertEqual(experiment.data.arguments["num_classes"], 2)
        self.assertEqual(status, 0, out)
        self.assertIn("# What training takes with the given flags", out)
        self.assertIn("generator 5.78 M. A checkpoint takes 70 MiB", out)
        self.assertIn("4.3 images/s, so 430 images take about 0:01:40", out)
        self.assertIn("can start, given --run_dir and --perceptual", out)

    def test_recommended_flags_are_tried_where_the_given_ones_fail(self):
        found = Rehearsal(Footprint({"generator": 1}, 1, 1, 1), 4.3, None, 1)
        with mock.patch.object(
            check_data, "rehearse", return_value=found
        ) as rehearse:
            status, out = self.check("--try_steps=1")
        (experiment, _), _ = rehearse.call_args
        self.assertEqual(experiment.data.arguments["num_classes"], 2)
        self.assertEqual(experiment.data.arguments["ignore_label"], 255)
        self.assertEqual(status, 1)
        self.assertIn("Training with the given flags would fail", out)
        self.assertIn("Training with the recommended flags can start", out)

    def test_it_fails_where_training_would(self):
        status, out, err = run_command(
            "--try_steps=2", "--image_size=40x40", "--generator.filters=1"
        )
        self.assertEqual(status, 1, out + err)
        self.assertIn(
            "Training with the given flags would fail: --image_size=40x40 does "
            "not fit",
            err,
        )

    def test_a_misspelt_flag_is_one_sentence(self):
        status, _, err = run_command("--datset=folder")
        self.assertNotEqual(status, 0)
        self.assertIn("--dataset", err)
        self.assertNotIn("Traceback", err)


class SharedDataTest(unittest.TestCase):
    def test_camvid_passes_with_its_flags(self):
        root = files.shared_data("camvid")
        arguments = [
            f"--{prefix}{kind}_dir={root}/{kind}s/{split}"
            for prefix, split in (("", "train"), ("val_", "val"))
            for kind in ("image", "label")
        ]
        status, out = check(
            "--dataset=folder", *arguments, "--num_classes=11",
            "--ignore_label=11",
        )  # fmt: skip
        self.assertEqual(status, 0, out)
        self.assertIn("train: 367 pairs", out)
        self.assertIn("val: 101 pairs", out)
