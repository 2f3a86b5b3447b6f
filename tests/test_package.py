"""What importing the package does, and which room may import which."""

import ast
import configparser
import functools
import inspect
import pathlib
import subprocess
import sys

import keras

import keras_semsynth
from tests.semsynth_test_case import SemsynthTestCase

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "keras_semsynth"
# Room -> what its files may import besides Keras, NumPy, the standard
# library, `backend` and their own room.
ROOMS = {
    "layers": set(),
    "generators": {"layers"},
    "discriminators": {"layers"},
    "encoders": {"layers"},
    "losses": {"layers"},
    "scorers": {"layers", "PIL"},
    "metrics": set(),
    "checkpoints": {
        "generators",
        "discriminators",
        "encoders",
        "layers",
        "scorers",
        "h5py",
    },
    "presets": set(),
    "gans": {
        "layers",
        "generators",
        "discriminators",
        "encoders",
        "losses",
        "experiments",  # `from_preset`, inside the function
    },
}
OTHERS = {"keras", "numpy", "scipy"} | set(sys.stdlib_module_names)


@functools.cache
def imports(path):
    """Returns the dotted names a file imports, also inside functions."""
    return tuple(_imports(path))


def _imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{name.name}" for name in node.names)


def is_registered(value):
    """Whether Keras knows a class of ours, so that files can name it."""
    return (
        inspect.isclass(value)
        and keras.saving.get_registered_name(value) != value.__name__
    )


class PackageTest(SemsynthTestCase):
    def test_version_is_that_of_the_metadata(self):
        config = configparser.ConfigParser()
        config.read(ROOT / "setup.cfg")
        self.assertEqual(
            keras_semsynth.__version__, config["metadata"]["version"]
        )

    def test_public_names_exist(self):
        for module in (
            keras_semsynth,
            keras_semsynth.checkpoints,
            keras_semsynth.data,
            keras_semsynth.discriminators,
            keras_semsynth.encoders,
            keras_semsynth.gans,
            keras_semsynth.generators,
            keras_semsynth.layers,
            keras_semsynth.losses,
            keras_semsynth.metrics,
            keras_semsynth.scorers,
            keras_semsynth.client,
            keras_semsynth.export,
        ):
            for name in module.__all__:
                self.assertTrue(
                    hasattr(module, name), f"{module.__name__}.{name}"
                )

    def test_importing_the_package_defines_no_flags(self):
        # Flags of this package must not clash with those of a user's program.
        script = (
            "import keras_semsynth\n"
            "from absl import flags\n"
            "modules = flags.FLAGS.flags_by_module_dict()\n"
            "print([name for name in modules if 'semsynth' in name])\n"
        )
        result = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        self.assertEqual(result.stdout.strip(), "[]")

    def test_no_room_imports_from_its_right(self):
        for room, allowed in ROOMS.items():
            allowed = allowed | {room, "backend"}
            for path in sorted((PACKAGE / room).rglob("*.py")):
                for name in imports(path):
                    first, *rest = name.split(".")
                    if first == "keras_semsynth":
                        self.assertIn(rest[0], allowed, f"{path}: {name}")
                    else:
                        self.assertIn(
                            first, OTHERS | allowed, f"{path}: {name}"
                        )

    def test_no_model_is_named_outside_of_its_rooms(self):
        # Generators, discriminators and objectives are chosen by name from
        # what their room exports; converters alone know the class.
        for room in ("generators", "discriminators", "gans"):
            for name, cls in vars(getattr(keras_semsynth, room)).items():
                if not is_registered(cls):
                    continue
                for path in sorted(PACKAGE.rglob("*.py")):
                    home = path.relative_to(PACKAGE).parts[0]
                    if home not in (room, "checkpoints"):
                        names = {cls.__module__, f"keras_semsynth.{room}"}
                        known = {f"{module}.{name}" for module in names}
                        found = known & set(imports(path))
                        self.assertFalse(found, f"{path}: {found}")

    def test_what_a_model_needs_is_shown_in_contributing_for_dpgan(self):
        text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
        others = []
        for path in sorted(PACKAGE.rglob("*.py")):
            if "dpgan" in path.stem:
                self.assertIn(path.name, text)
            elif "dpgan" in path.read_text(encoding="utf-8").lower():
                others.append(path.name)
        self.assertEqual(set(others), {"__init__.py", "registry.py"})

    def test_no_file_is_longer_than_400_lines(self):
        for folder in ("keras_semsynth", "tests"):
            for path in sorted((ROOT / folder).rglob("*.py")):
                lines = path.read_text(encoding="utf-8").count("\n")
                self.assertLessEqual(lines, 400, str(path))
