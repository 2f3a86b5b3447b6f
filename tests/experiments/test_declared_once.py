"""A constructor is the only home of an argument, its default and its help."""

import ast
import pathlib
import re
import unittest

from keras_semsynth.commands.flagfiles import expand_flagfiles
from keras_semsynth.commands.train import main as train_command
from keras_semsynth.experiments import choices
from keras_semsynth.experiments import find_choice
from keras_semsynth.presets import MODELS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "keras_semsynth"
KINDS = ("generator", "discriminator", "encoder", "objective")
# The rooms of networks and what is made of them: constructors live there.
# `scorers` have widths of their own, `checkpoints` reads shapes off files.
HOMES = {
    "layers",
    "generators",
    "discriminators",
    "encoders",
    "losses",
    "gans",
    "scorers",
    "checkpoints",
}
# So does the function that opens a part's network from a file.
HOME_FILES = {"experiments/discriminator_features.py"}
# Words that other functions use for other things.
OTHERS = {"features", "filters", "ignore_label"}


def network_arguments():
    """Yields every argument of every network and objective."""
    for kind in KINDS:
        for name in choices(kind):
            for argument in find_choice(kind, name).arguments.values():
                yield kind, name, argument


def outside():
    """Yields the files of the package that declare no network."""
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE)
        if name.parts[0] not in HOMES and name.as_posix() not in HOME_FILES:
            yield path, ast.parse(path.read_text(encoding="utf-8"))


class DeclaredOnceTest(unittest.TestCase):
    def test_no_default_stands_in_another_signature(self):
        names = {a.name for _, _, a in network_arguments()} - OTHERS
        self.assertIn("hidden_filters", names)
        for path, tree in outside():
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef):
                    count = len(node.args.defaults)
                    stated = node.args.args[len(node.args.args) - count :]
                    stated = [a.arg for a in (*stated, *node.args.kwonlyargs)]
                    self.assertFalse(
                        names & set(stated), f"{path}: {node.name}"
                    )

    def test_no_help_stands_in_another_file(self):
        helps = {
            argument.help
            for _, _, argument in network_arguments()
            if len(argument.help) > 30
        }
        self.assertGreater(len(helps), 30)
        for path, tree in outside():
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(
                    node.value, str
                ):
                    text = " ".join(node.value.split())
                    for sentence in helps:
                        self.assertNotIn(sentence, text, str(path))

    def test_no_preset_repeats_a_default(self):
        for model, module in MODELS.items():
            for name, preset in {
                model: {"parts": module.PARTS},
                **module.PRESETS,
            }.items():
                for kind, part in preset["parts"].items():
                    if part is None:
                        continue  # a part that the model lacks
                    choice, given = part
                    known = find_choice(kind, choice).arguments
                    base = module.PARTS.get(kind, (None, {}))
                    for argument, value in given.items():
                        if argument in base[1] and base[1] is not given:
                            continue  # takes back what the model differs in
                        default = known[argument].default
                        self.assertNotEqual(
                            value, default, f"{name}: {kind}.{argument}"
                        )

    def test_no_flag_file_repeats_what_holds_without_it(self):
        for path in sorted((ROOT / "configs").rglob("*.cfg")):
            lines = path.read_text(encoding="utf-8").splitlines()
            own = [
                line
                for line in lines
                if re.match(r"--(generator|discriminator|encoder)\.", line)
            ]
            for line in own:
                others = [x for x in lines if x.startswith("--") and x != line]
                with self.subTest(path=path.name, line=line):
                    whole = train_command.parse([f"--flagfile={path}"])
                    without = train_command.parse(expand_flagfiles(others))
                    self.assertNotEqual(
                        whole["experiment"], without["experiment"]
                    )
