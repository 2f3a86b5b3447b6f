"""Arguments read off signatures and their docstrings."""

import inspect
import os
import pathlib
import tempfile
import unittest
from collections.abc import Sequence
from typing import Literal

from keras_semsynth.experiments import Part
from keras_semsynth.experiments import arguments_of
from keras_semsynth.experiments import choices
from keras_semsynth.experiments import find_choice
from keras_semsynth.experiments.discriminator_features import (
    pretrained_features,
)
from keras_semsynth.experiments.parts import PARTS
from keras_semsynth.experiments.parts import normal_part
from tests.discriminators.tiny_trunk import tiny_trunk


def example(
    size: tuple[int, int],
    rate: float = 2e-4,
    factors: Sequence[float] = (0.5,),
    mode: Literal["a", "b"] = "a",
    widths: Sequence[int] = (1, 2),
    load_size: int | tuple[int, int] = 286,
    depth: int | None = None,
    taps: Literal["encoder"] | Sequence[str] = "encoder",
    flip: bool = True,
    palette: Literal["detect"] | str | os.PathLike | None = None,
    network: object = None,
    **options,
):
    """Does nothing.

    Args:
        size: `(height, width)` in pixels. Two
            lines.
        rate, depth: Numbers. Defaults to `2e-4`.
        mode: `"a"` or `"b"`. Defaults to `"a"`.
    """


class ArgumentsTest(unittest.TestCase):
    def setUp(self):
        self.arguments = arguments_of(example)

    def test_what_no_text_can_set_is_left_out(self):
        self.assertEqual(
            list(self.arguments),
            [
                "size",
                "rate",
                "factors",
                "mode",
                "widths",
                "load_size",
                "depth",
                "taps",
                "flip",
                "palette",
            ],
        )

    def test_none_is_a_choice_where_it_is_one(self):
        mode = find_choice("data", "folder").arguments["preprocess_mode"]
        self.assertEqual(mode.parse("none"), "none")
        self.assertIsNone(mode.parse("unset"))
        self.assertIn("fixed", mode.choices)
        self.assertIsNone(self.arguments["depth"].parse("none"))

    def test_a_path_may_be_spelled_in_many_ways(self):
        palette = self.arguments["palette"]
        self.assertTrue(palette.is_path)
        self.assertFalse(self.arguments["taps"].is_path)
        self.assertTrue(palette.names_path("colours.txt"))
        self.assertFalse(palette.names_path("detect"))
        self.assertEqual(palette.convert(pathlib.Path("a", "b")), "a/b")
        with tempfile.TemporaryDirectory() as folder:
            link = pathlib.Path(folder, "link")
            os.symlink(pathlib.Path.cwd(), link)
            for spelled in ("./x", "x/", str(pathlib.Path("x").resolve())):
                self.assertTrue(palette.same("x", spelled), spelled)
            self.assertTrue(palette.same("x", str(link / "x")))
        self.assertFalse(palette.same("x", "y"))
        self.assertFalse(palette.same("detect", None))

    def test_help_is_the_entry_without_its_default(self):
        helps = {name: a.help for name, a in self.arguments.items()}
        self.assertEqual(
            helps["size"], "`(height, width)` in pixels. Two lines."
        )
        self.assertEqual(helps["rate"], "Numbers.")
        self.assertEqual(helps["depth"], "Numbers.")
        self.assertTrue(self.arguments["size"].required)
        self.assertFalse(self.arguments["rate"].required)

    def test_texts_become_values_and_back(self):
        for name, text, value in (
            ("size", "256x512", (256, 512)),
            ("rate", "0.1", 0.1),
            ("mode", "b", "b"),
            ("widths", "4,8,16", (4, 8, 16)),
            ("load_size", "286", 286),
            ("load_size", "30x40", (30, 40)),
            ("depth", "none", None),
            ("depth", "3", 3),
            ("taps", "encoder", "encoder"),
            ("taps", "down_1,up_2", ("down_1", "up_2")),
            ("taps", "", ()),
            ("flip", "false", False),
        ):
            with self.subTest(name=name, text=text):
                argument = self.arguments[name]
                self.assertEqual(argument.parse(text), value)
                self.assertEqual(argument.format(value), text)
        self.assertEqual(self.arguments["size"].parse("64"), (64, 64))

    def test_a_wrong_text_says_what_was_expected(self):
        for name, text, message in (
            ("size", "big", "`size` must be a size HEIGHTxWIDTH"),
            ("rate", "fast", "`rate` must be a finite number"),
            ("mode", "bb", r"`mode=bb` is not a choice \(did you mean b\?\)"),
            ("depth", "x", "whole number or none. Received: 'x'"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                self.arguments[name].parse(text)

    def test_values_of_json_and_python_have_one_form(self):
        self.assertEqual(self.arguments["widths"].convert([4, 8]), (4, 8))
        self.assertIsInstance(self.arguments["rate"].convert(1), float)
        self.assertIsNone(self.arguments["depth"].convert(None))
        for name, value in (("flip", 1), ("depth", 1.5), ("mode", "c")):
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                self.arguments[name].convert(value)

    def test_nan_and_infinity_are_no_numbers(self):
        for text in ("nan", "NaN", "inf", "-Infinity", "1e999"):
            for name in ("rate", "factors"):
                for refuse in (
                    lambda a, text=text: a.parse(text),
                    lambda a, text=text: a.parse(f"1,{text}"),
                    lambda a, text=text: a.convert(float(text)),
                    lambda a, text=text: a.convert([1.0, float(text)]),
                ):
                    with self.assertRaisesRegex(
                        ValueError, f"`{name}` must be (a )?finite number"
                    ):
                        refuse(self.arguments[name])
        with self.assertRaisesRegex(ValueError, "`rate` must be a finite"):
            self.arguments["rate"].convert(10**400)
        self.assertEqual(self.arguments["factors"].parse("1,2"), (1.0, 2.0))
        with self.subTest("of no argument of any experiment"):
            found = 0
            for kind in PARTS:
                for name in choices(kind):
                    known = find_choice(kind, name).arguments.values()
                    for argument in known:
                        if float in argument.types:
                            found += 1
                            with self.assertRaisesRegex(
                                ValueError, f"`{argument.name}` must be"
                            ):
                                normal_part(
                                    kind,
                                    Part(name, {argument.name: float("nan")}),
                                )
            self.assertGreater(found, 20)

    def test_every_argument_of_every_choice_is_documented_and_typed(self):
        for kind in PARTS:
            for name in choices(kind):
                for argument in find_choice(kind, name).arguments.values():
                    with self.subTest(kind=kind, name=name, of=argument.name):
                        self.assertTrue(argument.help)
                        if not argument.required:
                            default = argument.default
                            self.assertEqual(argument.convert(default), default)
                            text = argument.format(default)
                            if default is not None or argument.optional:
                                self.assertEqual(argument.parse(text), default)

    def test_every_constructor_takes_the_arguments_it_is_said_to_have(self):
        for kind in ("generator", "discriminator", "encoder"):
            for name in choices(kind):
                choice = find_choice(kind, name)
                known = arguments_of(choice.target)
                given = {
                    argument.name: argument.default
                    for argument in choice.arguments.values()
                    # Others say what network it is given.
                    if argument.name in known
                }
                if "num_classes" in known:
                    given["num_classes"] = 3
                if pretrained_features in choice.declarations:
                    given["features_network"] = tiny_trunk(num_levels=4)
                with self.subTest(kind=kind, name=name):
                    self.assertNotIn(inspect.Parameter.empty, given.values())
                    network = choice.target(**given)
                    self.assertIsInstance(network, choice.target)
