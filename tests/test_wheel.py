"""The sdist and the wheel: what they hold, and that the wheel works alone."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import unittest
import urllib.request
import venv
import zipfile

import keras
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[1]
if keras.backend.backend() != "tensorflow":
    pytest.skip("packaging is the same there", allow_module_level=True)
PROJECT = """
    .ci .github .gitignore .pre-commit-config.yaml ARCHITECTURE.md CHANGELOG.md
    CITATION.cff CONTRIBUTING.md LICENSE MANIFEST.in README.md SECURITY.md
    benchmarks configs deploy docs evaluate.py keras_semsynth pyproject.toml
    setup.cfg setup.py tests train.py
""".split()
# Appended to the quickstart: a later flag wins.
SHRINK = ["--epochs=1", "--batch_size=2", "--count=4"]


def run(*command, **options):
    """Runs a command in silence; its output is shown if it fails."""
    result = subprocess.run(
        [str(part) for part in command],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **options,
    )
    if result.returncode:
        raise AssertionError(
            f"{command} failed:\n{result.stdout}\n{result.stderr}"
        )
    return result.stdout


def build(kind, source, target):
    """Builds `"sdist"` or `"wheel"` with the setuptools of this process.

    Returns:
        Path of the file.
    """
    script = (
        "import sys; from setuptools import build_meta; "
        f"print(build_meta.build_{kind}(sys.argv[1]))"
    )
    target.mkdir()
    name = run(sys.executable, "-c", script, target, cwd=source)
    return target / name.split()[-1]


def files_of_the_project():
    """Yields their paths below the root, without what runs leave there."""
    for name in PROJECT:
        path = ROOT / name
        for file in [path] if path.is_file() else path.rglob("*"):
            if file.is_file() and "__pycache__" not in file.parts:
                yield file.relative_to(ROOT)


def contents(wheel):
    """Returns what a wheel holds: dict, name -> bytes."""
    with zipfile.ZipFile(wheel) as file:
        return {name: file.read(name) for name in file.namelist()}


class WheelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.checkout = cls.folder / "checkout"
        for path in files_of_the_project():
            copy = cls.checkout / path
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / path, copy)
        cls.wheel = build("wheel", cls.checkout, cls.folder / "wheel")
        cls.sdist = build("sdist", cls.checkout, cls.folder / "sdist")

    def test_the_sdist_holds_what_a_checkout_holds(self):
        with tarfile.open(self.sdist) as file:
            found = {name.partition("/")[2] for name in file.getnames()}
        expected = {path.as_posix() for path in files_of_the_project()}
        self.assertEqual(expected - found, set())

    def test_the_sdist_builds_the_same_wheel(self):
        with tarfile.open(self.sdist) as file:
            # Python 3.11 knows filters from its fourth release on.
            known = hasattr(tarfile, "data_filter")
            file.extractall(
                self.folder / "unpacked",
                **({"filter": "data"} if known else {}),
            )
        (source,) = (self.folder / "unpacked").iterdir()
        again = build("wheel", source, self.folder / "again")
        self.assertEqual(again.name, self.wheel.name)
        self.assertEqual(contents(again), contents(self.wheel))

    def test_the_wheel_holds_the_package_and_its_flag_files(self):
        found = contents(self.wheel)
        for path in (ROOT / "configs").rglob("*.cfg"):
            name = f"keras_semsynth/{path.relative_to(ROOT).as_posix()}"
            self.assertEqual(found.get(name), path.read_bytes(), name)
        for path in (ROOT / "keras_semsynth").rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts:
                self.assertIn(path.relative_to(ROOT).as_posix(), found)
        tops = {name.split("/")[0].partition("-")[0] for name in found}
        self.assertEqual(tops, {"keras_semsynth"})

    def test_the_long_description_has_only_absolute_links(self):
        (metadata,) = (
            text.decode()
            for name, text in contents(self.wheel).items()
            if name.endswith(".dist-info/METADATA")
        )
        links = re.findall(r"\]\(([^)#][^)]*)\)", metadata)
        self.assertGreater(len(links), 10)
        for link in links:
            self.assertRegex(link, "^https?://")
        for picture in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", metadata):
            self.assertIn("//raw.githubusercontent.com/", picture)

    @pytest.mark.slow  # installs TensorFlow and all in a new environment
    def test_the_wheel_trains_scores_generates_and_serves_from_nowhere(self):
        environment = self.folder / "environment"
        venv.create(environment, with_pip=True)
        binaries = environment / "bin"
        here = self.folder / "empty"
        here.mkdir()
        clean = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
        options = {"cwd": here, "env": clean}
        pip = [binaries / "python", "-m", "pip", "--quiet"]
        run(*pip, "install", f"{self.wheel}[serve]", **options)
        run(*pip, "check", **options)
        semsynth = binaries / "semsynth"
        run(
            semsynth, "train", "--flagfile=configs/quickstart.cfg",
            "--run_dir=r", *SHRINK, **options,
        )  # fmt: skip
        self.assertTrue((here / "r" / "generator.keras").is_file())
        run(
            semsynth, "evaluate", "--flagfile=configs/quickstart_evaluate.cfg",
            "--run=r", **options,
        )  # fmt: skip
        self.assertTrue(list((here / "r").glob("**/report.json")))
        (here / "labels").mkdir()
        shutil.copy(self.a_layout(), here / "labels")
        run(
            semsynth, "generate", "--run=r", "--input=labels",
            "--output=images", **options,
        )  # fmt: skip
        self.assertEqual(len(list((here / "images").glob("*.png"))), 1)
        self.assert_page_answers(semsynth, options)

    def a_layout(self):
        from PIL import Image

        path = self.folder / "layout.png"
        Image.new("L", (64, 64), 2).save(path)
        return path

    def assert_page_answers(self, semsynth, options):
        process = subprocess.Popen(
            [semsynth, "serve", "--run=r", "--noopen", "--port=0"],
            stdout=subprocess.PIPE,
            text=True,
            **options,
        )
        with contextlib.ExitStack() as stack:
            stack.callback(process.wait)
            stack.callback(process.terminate)
            stack.callback(process.stdout.close)
            for line in process.stdout:
                if address := re.search(r"http://[\w.:]+", line):
                    with urllib.request.urlopen(address[0]) as answer:
                        self.assertIn(b"<html", answer.read())
                    return
        self.fail("The page's command ended without an address.")
