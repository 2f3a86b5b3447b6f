"""Prints the versions that this environment has of all that is needed.

What `setup.cfg` names, with all extras but those that it leaves out, and what
that needs in turn. Run it in the environment in which the tests have passed:

    python .ci/constraints.py >deploy/constraints.txt
"""

import configparser
import importlib.metadata
import pathlib
import sys
from collections.abc import Iterable

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = pathlib.Path(__file__).resolve().parents[1]
# They differ with every Python, and pip leaves them alone.
TOOLS = {"pip", "setuptools", "wheel"}
HEAD = """\
# The versions that the tests passed with together, on Python {}.{} and Linux:
# what the package and its extras need, and what that needs in turn.
#
#   pip install -c deploy/constraints.txt "keras_semsynth[serve,client]"
#
# .ci/constraints.py wrote it. Not in it: what only contributors use (the extras
# `docs` and `parity`, pre-commit of `dev`), and the trackers."""
# No test needs them, or tests can do without.
LEFT_OUT = {"docs", "parity", "wandb", "mlflow"}


def declared() -> list[Requirement]:
    """Returns what `setup.cfg` names, without the extras left out."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    texts = [config["options"]["install_requires"]]
    texts += [
        text
        for extra, text in config["options.extras_require"].items()
        if extra not in LEFT_OUT
    ]
    found = [Requirement(line) for t in texts for line in t.split("\n") if line]
    return [r for r in found if canonicalize_name(r.name) != "keras-semsynth"]


def needed(requirements: Iterable[Requirement]) -> dict[str, str]:
    """Finds what is needed, as far as it is installed.

    Args:
        requirements: Iterable of `Requirement`.

    Returns:
        dict, name -> version, sorted.
    """
    todo, seen = list(requirements), {}
    while todo:
        requirement = todo.pop()
        name = canonicalize_name(requirement.name)
        extras = {"", *requirement.extras}
        if name in TOOLS or extras <= seen.get(name, set()):
            continue
        try:
            found = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        seen[name] = seen.get(name, set()) | extras
        for line in found.requires or ():
            further = Requirement(line)
            if further.marker is None or any(
                further.marker.evaluate({"extra": extra}) for extra in extras
            ):
                todo.append(further)
    # Without what tells builds apart, such as 2.13.0+cpu.
    return {
        name: importlib.metadata.version(name).partition("+")[0]
        for name in sorted(seen)
    }


if __name__ == "__main__":
    print(HEAD.format(*sys.version_info))
    for name, version in needed(declared()).items():
        print(f"{name}=={version}")
