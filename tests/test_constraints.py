"""The set of versions that the tests passed with together."""

import importlib.util
import pathlib
import re
import unittest

from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parents[1]
# What contributors alone use, and no test needs.
LEFT_OUT = {"pre-commit"}


def script():
    path = ROOT / ".ci" / "constraints.py"
    spec = importlib.util.spec_from_file_location("constraints", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pins():
    text = (ROOT / "deploy" / "constraints.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for line in lines:
        assert re.fullmatch(r"[a-z0-9][a-z0-9-]*==[0-9][0-9a-z.]*", line), line
    assert lines == sorted(set(lines), key=lambda line: line.split("==")[0])
    return dict(line.split("==") for line in lines)


class ConstraintsTest(unittest.TestCase):
    def test_what_is_declared_is_pinned_within_its_range(self):
        pinned, declared = pins(), script().declared()
        self.assertGreater(len(declared), 25)
        for requirement in declared:
            name = canonicalize_name(requirement.name)
            if name in LEFT_OUT:
                self.assertNotIn(name, pinned)
                continue
            self.assertIn(name, pinned)
            self.assertIn(pinned[name], requirement.specifier, requirement)

    def test_what_that_needs_in_turn_is_pinned(self):
        module = script()
        self.assertLessEqual(
            set(module.needed(module.declared())) - LEFT_OUT, set(pins())
        )
