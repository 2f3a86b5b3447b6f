"""One renderer: who makes pictures with it, and that nobody makes them else."""

import ast
import pathlib
import unittest

import keras_semsynth

PACKAGE = pathlib.Path(keras_semsynth.__file__).parent

# Where pictures are made, all of them by `Renderer`.
CALLERS = [
    "bulk/worker.py",
    "evaluation/sources.py",
    "explanations/samples.py",
    "export/other_formats.py",
    "page/local_model.py",
    "synthesis/folder_translation.py",
    "synthesis/pictures.py",
    "synthesis/synthesizer.py",
    "training/trainer.py",
]
# Who calls a generator for something else, and what for.
OTHERS = {
    "explanations/label_dependence.py": "gradients by the labels",
    "export/other_formats.py": "a graph to be converted",
    "export/signatures.py": "a graph to be exported",
    "export/translation_signature.py": "a graph to be exported",
    "synthesis/renderer.py": "the renderer itself",
}
# Training steps; parts of a generator.
ROOMS = ("gans", "generators")
GENERATORS = ("generator", "inference_generator", "ema_generator")


def last_name(node):
    """`generator` of `generator` and of `self.synthesizer.generator`."""
    return getattr(node, "attr", getattr(node, "id", None))


def calls(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def calls_a_generator(call):
    """Whether a call runs a generator, or compiles or wraps one to run it."""
    if last_name(call.func) in ("generate", "images"):
        return last_name(getattr(call.func, "value", None)) in GENERATORS
    if last_name(call.func) in ("compiled", "ExportedGenerator"):
        return any(last_name(one) in GENERATORS for one in call.args)
    return last_name(call.func) in GENERATORS


def renders(call):
    """Whether a call makes a renderer, or pictures with one."""
    if last_name(call.func) in ("render", "stream"):
        return last_name(getattr(call.func, "value", None)) == "renderer"
    return last_name(call.func) == "Renderer"


def files_that(match):
    return [
        path.relative_to(PACKAGE).as_posix()
        for path in sorted(PACKAGE.rglob("*.py"))
        if any(map(match, calls(path)))
    ]


class CallersTest(unittest.TestCase):
    def test_these_make_pictures_by_the_renderer(self):
        self.assertEqual(files_that(renders), CALLERS)

    def test_nobody_else_calls_a_generator_for_pictures(self):
        found = [
            name
            for name in files_that(calls_a_generator)
            if name.split("/")[0] not in ROOMS
        ]
        self.assertEqual(found, sorted(OTHERS))
