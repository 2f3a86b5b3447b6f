"""Runs the commands and examples of README and docs/.

Every block is run here, in the order of its page and on small pictures and a
small network; or it is marked: `<!-- command: NAME -->`, which `.ci/run` runs,
`<!-- tested: FILE -->`, or `<!-- not run: REASON -->`. Lines that install are
left to `.ci/run`.
"""

import contextlib
import io
import pathlib
import re
import shlex
import shutil
import tempfile
import unittest

import keras
import numpy as np
import pytest
from PIL import Image

import keras_semsynth
from keras_semsynth.__main__ import main as semsynth
from keras_semsynth.commands.train import main as train_command
from keras_semsynth.experiments import run_settings
from keras_semsynth.training.strategies.choice import sharing

ROOT = pathlib.Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PAGES = sorted((ROOT / "docs").rglob("*.md"))
BLOCK = re.compile(
    r"(?:<!-- (?P<mark>[^\n]*) -->\n)?```(?P<language>\w*)\n(?P<text>.*?)```",
    re.DOTALL,
)
# Languages of blocks that are no commands.
SHOWN = ("", "json", "text")
INSTALLING = ("pip install", "python3 -m venv")
# Appended to commands, where a later flag wins.
SHRINK = {
    "train": [
        *("--image_size=64x64", "--generator.filters=2", "--batch_size=2"),
        *("--generator.conditioning=clade", "--discriminator.filters=2"),
        *("--epochs=1", "--sample_count=2", "--tensorboard=false"),
    ],
    # Steps at the width of the example take a minute.
    "check_data": ["--try_steps=0"],
}


def blocks(path):
    """The fenced blocks of a page: dicts of mark, language and text."""
    text = path.read_text(encoding="utf-8")
    return [match.groupdict() for match in BLOCK.finditer(text)]


def commands(text):
    """The lines of a shell block, joined where they are continued."""
    for line in text.replace("\\\n", "").splitlines():
        line = line.partition("  #")[0].strip()
        if line and not line.startswith(INSTALLING):
            yield line


class MarksTest(unittest.TestCase):
    def test_every_block_is_run_or_says_why_not(self):
        for path in (README, *PAGES):
            for block in blocks(path):
                with self.subTest(page=path.name, text=block["text"][:60]):
                    if block["language"] in SHOWN:
                        self.assertNotRegex(
                            block["text"], r"(?m)^(semsynth|python|pip) "
                        )
                        continue
                    self.assertIn(block["language"], ("shell", "python"))
                    mark = block["mark"] or ""
                    if mark:
                        self.assertRegex(mark, "^(command|not run|tested): .")
                    if mark.startswith("tested: "):
                        test = ROOT / mark.removeprefix("tested: ")
                        self.assertTrue(test.is_file(), mark)

    def test_what_ci_runs_is_marked_in_readme(self):
        marks = [block["mark"] for block in blocks(README) if block["mark"]]
        self.assertEqual(
            set(marks),
            {
                f"command: {x}"
                for x in ("page", "quickstart", "evaluate", "tests")
            },
        )

    def test_the_command_for_eight_gpus_is_a_training_of_32_images(self):
        for block in blocks(ROOT / "docs" / "scale.md"):
            if (block["mark"] or "").startswith("not run: needs eight GPUs"):
                words = shlex.split(block["text"].replace("\\\n", ""))
                flags = [word for word in words if word.startswith("--")]
                flags = [flag for flag in flags if "nproc" not in flag]
                settings = run_settings(
                    train_command.parse(flags)["experiment"]
                )
                self.assertEqual(settings.strategy, "auto")
                self.assertEqual(sharing(settings.batch_size, 8), 8)

    def test_files_that_are_named_exist(self):
        for path in (README, *PAGES):
            text = path.read_text(encoding="utf-8")
            for name in re.findall(r"configs/[\w/]+\.cfg", text):
                self.assertTrue((ROOT / name).is_file(), name)
            prose = BLOCK.sub("", text)
            for name in re.findall(r"\]\((?!http|#)([^)#]+)[^)]*\)", prose):
                self.assertTrue((path.parent / name).exists(), name)
            here = "github.com/keras-semsynth/keras_semsynth/blob/main/"
            for name in re.findall(rf"{re.escape(here)}([^)#\s]+)", text):
                self.assertTrue((ROOT / name).exists(), name)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="docs are about the default backend",
)
class DocsRunTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="semsynth_docs_"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        shutil.copytree(ROOT / "configs", cls.folder / "configs")
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
        shutil.copy(cls.folder / "labels" / "0.png", cls.folder / "layout.png")
        # README trains the run that the other pages use.
        cls.run_page(README)

    @classmethod
    def run_page(cls, path):
        """Runs the blocks of a page that are not marked, as one session."""
        names = {"keras_semsynth": keras_semsynth}
        for block in blocks(path):
            if block["mark"] or block["language"] in SHOWN:
                continue
            with contextlib.chdir(cls.folder):
                if block["language"] == "python":
                    exec(block["text"], names)
                    continue
                for command in commands(block["text"]):
                    cls.run_command(command)
        return names

    @classmethod
    def run_command(cls, command):
        """Runs a command where TensorFlow is imported already."""
        program, *arguments = shlex.split(command)
        if program == "python":
            script, *arguments = arguments
            arguments = [script.removesuffix(".py"), *arguments]
        elif program != "semsynth":
            raise AssertionError(f"Neither run nor marked: {command}")
        name = arguments[0] if arguments else ""
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            try:
                status = semsynth(
                    ["semsynth", *arguments, *SHRINK.get(name, ())]
                )
            except SystemExit as end:
                status = end.code
        found = name == "check_data" and "Recommended flags" in said.getvalue()
        # That it lacks the flags which it finds is a mistake, too.
        if status not in (0, None) and not found:
            raise AssertionError(
                f"{command}: status {status}\n{said.getvalue()}"
            )

    def test_readme_leaves_what_it_describes(self):
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
        images = sorted(self.folder.glob("images/*.png"))
        self.assertEqual([path.stem for path in images], ["0", "1", "2", "3"])
        with Image.open(images[0]) as image:
            self.assertEqual((image.mode, image.size), ("RGB", (64, 64)))
        model = self.folder / "served" / "mine" / "1" / "saved_model.pb"
        self.assertTrue(model.is_file())

    # Keras says so of every dataset that `fit` is given.
    @pytest.mark.filterwarnings("ignore:`shuffle=True` was passed")
    def test_pages_run(self):
        for path in PAGES:
            with self.subTest(page=path.name):
                self.run_page(path)
        for made in (
            "first.png",
            "gan.keras",
            "mine/README.md",
            "painted/0.png",
            "pictures/0_seed0.png",
            "served/from_python/1",
            "image.png",
        ):
            self.assertTrue((self.folder / made).exists(), made)
