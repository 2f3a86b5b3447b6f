"""What importing the package does, and which room may import which."""

import ast
import configparser
import functools
import graphlib
import inspect
import pathlib
import sys

import keras

import keras_semsynth
from tests import new_process
from tests.semsynth_test_case import SemsynthTestCase

ROOT = pathlib.Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "keras_semsynth"
NETWORKS = {"layers", "generators", "discriminators", "encoders"}
# Room -> the rooms that its files may import besides `backend` and their own:
# the table of ARCHITECTURE.md. `commands` may import all.
ROOMS = {
    "files": set(),
    "data": {"files"},
    "backend": set(),
    "layers": set(),
    "losses": {"layers"},
    "generators": {"layers"},
    "discriminators": {"layers"},
    "encoders": {"layers"},
    "gans": {*NETWORKS, "losses"},
    "scorers": {"layers"},
    "metrics": {"files"},
    "checkpoints": {*NETWORKS, "files", "scorers"},
    "presets": set(),
    "experiments": {
        *NETWORKS,
        "files",
        "data",
        "losses",
        "gans",
        "checkpoints",
        "scorers",
        "presets",
    },
    # A trained GAN is an argument there, and names are those of presets.
    "synthesis": {"files", "data", "generators", "encoders", "gans", "presets"},
    "training": {
        "files",
        "data",
        "gans",
        "scorers",
        "metrics",
        "experiments",
        "synthesis",
    },
    "evaluation": {
        "files",
        "data",
        "scorers",
        "metrics",
        "checkpoints",
        "presets",
        "experiments",
        "synthesis",
    },
    "explanations": {
        *NETWORKS,
        "files",
        "data",
        "scorers",
        "metrics",
        "experiments",
        "synthesis",
    },
    "export": {"files", "generators", "synthesis"},
    "client": {"files", "synthesis"},
    "bulk": {"files", "synthesis"},
    # It paints for a generator here, or one that a server has.
    "page": {"files", "data", "synthesis", "export", "client"},
}
# Doors to a room further up, inside a function.
DOORS = {("gans/semantic_gan.py", "experiments")}
# Room -> the packages it may import besides Keras, NumPy and the standard
# library. Flags are of `commands` alone.
PACKAGES = {
    # Files of Keras are looked through before Keras sees them.
    "files": {
        "PIL",
        "array_record",
        "h5py",
        "huggingface_hub",
        "jinja2",
        "kagglehub",
    },
    "data": {"PIL", "tensorflow"},
    "backend": {"jax", "tensorflow", "torch"},
    "scorers": {"PIL"},
    "metrics": {"scipy"},
    "checkpoints": {"h5py"},
    "synthesis": {"PIL", "tensorflow"},
    "training": {"PIL", "mlflow", "tensorflow", "wandb"},
    "evaluation": {"PIL", "tensorflow"},
    "explanations": {"PIL", "sklearn", "tensorflow"},
    "export": {
        "ai_edge_litert",
        "onnx",
        "onnxruntime",
        "tensorflow",
        "tensorflow_serving",
        "tf2onnx",
    },
    "client": {
        "google",
        "grpc",
        "httpx",
        "tensorflow",
        "tensorflow_serving",
    },
    "bulk": {"PIL", "apache_beam"},
    "page": {"h11", "starlette", "uvicorn"},
    "commands": {"absl"},
}
SHIPPED = PACKAGE / "synthesis/pretrained/landscapes/generator.keras"
EVERYWHERE = {"keras", "numpy"} | set(sys.stdlib_module_names)


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
        self.assertEqual(new_process.run(script).strip(), "[]")

    def test_importing_the_package_registers_all_its_classes(self):
        # In the order that `tests/new_process.py` has not.
        script = (
            "import sys\n"
            "import keras_semsynth\n"
            "import keras\n"
            f"model = keras.models.load_model({str(SHIPPED)!r})\n"
            "known = set(keras.saving.get_custom_objects())\n"
            "waiting = 'keras_semsynth.page' not in sys.modules\n"
            "for name in keras_semsynth.__all__:\n"
            "    getattr(keras_semsynth, name)\n"
            "imported = 'keras_semsynth.page' in sys.modules\n"
            "late = set(keras.saving.get_custom_objects()) - known\n"
            "print(type(model).__name__, late, waiting, imported)\n"
        )
        self.assertEqual(
            new_process.run(script).strip(), "SPADEGenerator set() True True"
        )

    def test_the_package_lists_its_rooms(self):
        # What `files` has is for the other rooms.
        rooms = {*ROOMS} - {"files"}
        self.assertEqual({*keras_semsynth.__all__}, rooms | {"Synthesizer"})
        self.assertLessEqual(rooms, set(dir(keras_semsynth)))
        for room in rooms:
            module = getattr(keras_semsynth, room)
            self.assertEqual(module.__name__, f"keras_semsynth.{room}")
        self.assertIs(
            keras_semsynth.Synthesizer, keras_semsynth.synthesis.Synthesizer
        )
        with self.assertRaisesRegex(AttributeError, "attribute 'absent'"):
            _ = keras_semsynth.absent

    def test_every_folder_is_a_room_of_the_plan(self):
        folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
        self.assertEqual(folders, {*ROOMS, "commands"})
        files = {path.name for path in PACKAGE.glob("*.py")}
        self.assertEqual(files, {"__init__.py", "__main__.py", "program.py"})
        self.assertTrue((PACKAGE / "py.typed").is_file())

    def test_every_room_imports_what_its_row_allows(self):
        for room, allowed in ROOMS.items():
            allowed = {*allowed, "backend", room}
            for path, name in self.imports_of_room(room):
                place = path.relative_to(PACKAGE).as_posix()
                if (place, name) not in DOORS:
                    self.assertIn(name, allowed, place)

    def test_every_room_needs_the_packages_its_row_allows(self):
        for room in (*ROOMS, "commands"):
            allowed = PACKAGES.get(room, set()) | EVERYWHERE
            for path in sorted((PACKAGE / room).rglob("*.py")):
                found = {name.partition(".")[0] for name in imports(path)}
                found -= {"keras_semsynth"}
                self.assertLessEqual(found, allowed, str(path))

    def test_no_rooms_import_each_other_in_a_circle(self):
        graph = {
            room: {
                name
                for path, name in self.imports_of_room(room)
                if name != room
                and (path.relative_to(PACKAGE).as_posix(), name) not in DOORS
            }
            for room in (*ROOMS, "commands")
        }
        order = tuple(graphlib.TopologicalSorter(graph).static_order())
        self.assertEqual(order[-1], "commands")

    def imports_of_room(self, room):
        """Yields the files of a room with the rooms that they import."""
        for path in sorted((PACKAGE / room).rglob("*.py")):
            for name in imports(path):
                first, *rest = name.split(".")
                # The package itself is asked for its version alone.
                if first == "keras_semsynth" and rest:
                    yield path, rest[0]

    def test_no_model_is_named_outside_of_its_rooms(self):
        # Generators, discriminators and objectives are chosen by name from
        # what their room exports; converters alone know the class.
        for room in ("generators", "discriminators", "gans"):
            for name, cls in vars(getattr(keras_semsynth, room)).items():
                # What has the terms that it is given is no model of a paper.
                if not is_registered(cls) or name == "SemanticGAN":
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
