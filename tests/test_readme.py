"""Runs README's examples, on small pictures and a small network.

The two headline commands are run by `.ci/run`, a training of some steps.
"""

import contextlib
import io
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

import keras
import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

import keras_semsynth
from keras_semsynth.__main__ import main as semsynth
from keras_semsynth.commands.train import main as train_command
from keras_semsynth.experiments import run_settings
from keras_semsynth.training.strategies.choice import sharing
from tests.semsynth_test_case import SemsynthTestCase

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)```",
    re.DOTALL,
)
BLOCKS = [match.groupdict() for match in BLOCK.finditer(README)]
# Appended to README's training command: a later flag wins.
SHRINK = (
    "--image_size=64x64 --generator.filters=2 --generator.conditioning=clade "
    "--discriminator.filters=2 --batch_size=2 --epochs=1 --sample_count=2 "
    "--tensorboard=false"
)


def examples(language, containing=""):
    return [
        block["text"]
        for block in BLOCKS
        if block["language"] == language
        and not block["mark"]
        and containing in block["text"]
    ]


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="README is about the default backend",
)
class ReadmeTest(SemsynthTestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="semsynth_readme_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        shutil.copy(ROOT / "train.py", cls.folder)
        shutil.copytree(ROOT / "configs", cls.folder / "configs")
        # `python` of the examples is the Python of the tests.
        (cls.folder / "bin").mkdir()
        wrapper = cls.folder / "bin" / "python"
        wrapper.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
        wrapper.chmod(0o755)
        dataset = keras_semsynth.data.describe(
            "landscapes", image_size=(64, 64), count=4
        )
        for name in ("photos", "labels"):
            (cls.folder / name).mkdir()
        for i in range(len(dataset)):
            sample = dataset.read(i)
            image = Image.fromarray(np.asarray(sample.image, "uint8"))
            image.save(cls.folder / "photos" / f"{i}.jpg")
            label_map = np.asarray(sample.label_map, "uint8")
            Image.fromarray(label_map).save(cls.folder / "labels" / f"{i}.png")
        for name in ("layout.png", "another.png"):
            shutil.copy(cls.folder / "labels" / "0.png", cls.folder / name)
        (training,) = examples("shell", "python train.py")
        cls.training = cls.run_shell(f"{training.rstrip()} {SHRINK}")
        (cls.folder / "runs" / "quickstart").symlink_to("mine")

    @classmethod
    def run_shell(cls, command):
        environment = {
            **os.environ,
            "PATH": f"{cls.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "PYTHONPATH": os.fspath(ROOT),
            "TF_CPP_MIN_LOG_LEVEL": "3",
        }
        result = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", command],
            cwd=cls.folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        if result.returncode:
            raise AssertionError(
                f"README's example failed:\n{command}\n{result.stdout}\n"
                f"{result.stderr}"
            )
        return result.stdout

    def run_semsynth(self, command):
        """Runs a command where TensorFlow is imported already."""
        program, *arguments = shlex.split(command.replace("\\\n", ""))
        self.assertEqual(program, "semsynth")
        said = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(said):
            status = semsynth([program, *arguments])
        return status, said.getvalue()

    def test_every_block_is_run_somewhere(self):
        self.assertGreater(len(BLOCKS), 5)
        for block in BLOCKS:
            self.assertIn(block["language"], ("shell", "python"))
            if block["mark"]:
                self.assertRegex(block["mark"], "^(command|not run): ")
        marks = [block["mark"] for block in BLOCKS if block["mark"]]
        self.assertEqual(marks[:2], ["command: quickstart", "command: tests"])
        self.assertEqual(len(examples("shell")), 4)

    def test_the_command_for_eight_gpus_is_a_training_of_32_images(self):
        (command,) = (
            block["text"]
            for block in BLOCKS
            if (block["mark"] or "").startswith("not run: needs eight GPUs")
        )
        _, program, *arguments = shlex.split(command.replace("\\\n", ""))
        self.assertEqual(program, "train.py")
        settings = run_settings(train_command.parse(arguments)["experiment"])
        self.assertEqual(settings.strategy, "auto")
        self.assertEqual(sharing(settings.batch_size, 8), 8)

    def test_training_leaves_the_run_directory_it_describes(self):
        run = self.folder / "runs" / "mine"
        for name in (
            "experiment.json",
            "logs",
            "samples",
            "checkpoints",
            "generator.keras",
            "report.json",
        ):
            self.assertTrue((run / name).exists(), name)

    def test_generate_makes_an_image_of_every_label_map(self):
        (command,) = examples("shell", "semsynth generate")
        status, _ = self.run_semsynth(command)
        self.assertEqual(status, 0)
        images = sorted(self.folder.glob("images/*.png"))
        self.assertEqual([path.stem for path in images], ["0", "1", "2", "3"])
        with Image.open(images[0]) as image:
            self.assertEqual((image.mode, image.size), ("RGB", (64, 64)))

    def test_export_writes_a_model_that_tensorflow_runs(self):
        (command,) = examples("shell", "semsynth export")
        status, _ = self.run_semsynth(command)
        self.assertEqual(status, 0)
        model = tf.saved_model.load(
            os.fspath(self.folder / "served" / "quickstart" / "1")
        )
        layout = tf.constant([(self.folder / "layout.png").read_bytes()])
        answer = model.signatures["png"](label_png=layout)
        image = tf.io.decode_png(answer["image_png_bytes"][0])
        self.assertEqual(image.shape, (64, 64, 3))

    def test_check_data_accepts_the_folders(self):
        (command,) = examples("shell", "semsynth check_data")
        # Steps at the width of the example take a minute.
        _, shown = self.run_semsynth(f"{command.rstrip()} --try_steps=0")
        self.assertIn("--num_classes=", shown)

    # Keras says so of every dataset that `fit` is given.
    @pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
    def test_python_examples(self):
        for text in examples("python"):
            # A process for each would only import TensorFlow once more.
            with self.subTest(text=text), contextlib.chdir(self.folder):
                exec(text, {})
        self.assertTrue((self.folder / "gan.keras").exists())

    def test_files_it_names_exist(self):
        for path in re.findall(r"configs/[\w/]+\.cfg", README):
            self.assertTrue((ROOT / path).is_file(), path)
        for path in re.findall(r"\]\((?!http)([^)#]+)[^)]*\)", README):
            self.assertTrue((ROOT / path).is_file(), path)
