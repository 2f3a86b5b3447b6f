"""README, docs and flag files name flags that exist."""

import importlib
import pathlib
import re
import shlex
import unittest

from keras_semsynth.__main__ import COMMANDS
from keras_semsynth.checkpoints import CONVERTERS
from keras_semsynth.commands import generate
from keras_semsynth.commands.command import FLAT
from keras_semsynth.experiments import PARTS
from keras_semsynth.experiments import choices

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FLAG = re.compile(r"(?<![\w-])--(?:no)?([a-z][\w.]*)")
# Of every command, of the programs of `benchmarks/` and of pip.
OTHERS = {"flagfile", "help", "helpshort", "debug", "runs", "label_map"}
# Of Beam's pool of workers, of Slurm and of torchrun, up to the first dash.
OTHERS |= {"service_port", "requeue", "nproc", "nnodes", "max", "rdzv"}


# The pages whose blocks hold commands.
WITH_COMMANDS = [*PAGES, ROOT / "deploy" / "README.md"]
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(
    r"(?:semsynth (?P<name>\w+)|python (?P<script>train|evaluate)\.py)"
    r"(?P<flags>[^|&;`]*)"
)


def written_commands(path):
    """The commands in a page's blocks: (name, list of flags)."""
    for block in BLOCK.findall(path.read_text(encoding="utf-8")):
        for line in block.replace("\\\n", "").splitlines():
            for match in COMMAND.finditer(line):
                name = match["name"] or match["script"]
                yield name, shlex.split(match["flags"])


def flags_of_parts():
    """Every flag that some choice of some part brings."""
    found = {"preset", "dataset", "objective"} | set(PARTS)
    for kind in PARTS:
        prefix = "" if kind in FLAT else f"{kind}."
        for choice in choices(kind).values():
            found |= {prefix + name for name in choice.arguments}
    return found


def flags_of_commands():
    """Every flag of every command."""
    found = flags_of_parts() | OTHERS
    for name in COMMANDS:
        module = importlib.import_module(f"keras_semsynth.commands.{name}")
        commands = [module.main]
        if name == "generate":
            commands = [module.LOCAL, module.PIPELINE, module.TRANSLATION]
        if name == "convert":
            for network in CONVERTERS:
                for group in module.main.groups([f"--network={network}"]):
                    found |= set(group.arguments)
        for command in commands:
            for group in command.groups():
                found |= {group.prefix + flag for flag in group.arguments}
    return found


class DocsTest(unittest.TestCase):
    def test_every_flag_that_is_named_exists(self):
        known = flags_of_commands()
        for path in [*PAGES, *sorted((ROOT / "configs").rglob("*.cfg"))]:
            for flag in FLAG.findall(path.read_text(encoding="utf-8")):
                flag = flag.rstrip(".")
                exists = flag in known or f"no{flag}" in known
                # `--val_` stands for all that begin so.
                prefix = any(name.startswith(flag) for name in known)
                self.assertTrue(
                    exists or (flag.endswith("_") and prefix),
                    f"{path.name}: --{flag}",
                )

    def test_every_command_that_is_named_exists(self):
        for path in PAGES:
            text = path.read_text(encoding="utf-8")
            for name in re.findall(r"semsynth ([a-z_]+) (?:--|\\)", text):
                self.assertIn(name, COMMANDS, path.name)

    def test_commands_in_blocks_are_understood(self):
        shown = set()
        for path in WITH_COMMANDS:
            for name, arguments in written_commands(path):
                shown.add(name)
                self.assertIn(name, COMMANDS, path.name)
                module = importlib.import_module(
                    f"keras_semsynth.commands.{name}"
                )
                command = module.main
                if name == "generate":
                    command = generate.command_of(arguments)
                with self.subTest(page=path.name, command=name, at=arguments):
                    command.parse([a for a in arguments if a != "--help"])
        self.assertEqual(shown, set(COMMANDS))
