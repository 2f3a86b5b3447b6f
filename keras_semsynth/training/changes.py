"""The log of settings that changed between two starts of a run."""

import dataclasses
import datetime
import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from keras_semsynth.files import atomic
from keras_semsynth.files.json_file import parse_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import TRUTH
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.run_directory import RunDirectory


@dataclasses.dataclass(frozen=True)
class Change:
    """One difference between a run so far and its next start.

    Args:
        part: str. Part of the experiment, or `"dataset"` for what its files
            hold.
        name: str. Name of the argument, or key of `dataset.json`.
        old: What it was.
        new: What it is now.
        moved: bool. Whether it is a path that leads elsewhere.
            Defaults to `False`.
    """

    part: str
    name: str
    old: Any
    new: Any
    moved: bool = False

    @property
    def subject(self) -> str:
        """What changed, in words; an argument in backticks."""
        if self.part == "dataset":
            return f"the {_KEYS.get(self.name, self.name)} of the data"
        if self.name == "name":
            part = "dataset" if self.part == "data" else self.part
            return f"`{part}`"
        return f"`{self.part}.{self.name}`"

    def __str__(self):
        old, new = _shown(self.old, self.new)
        return f"{self.subject} was {old} and is now {new}"


_LINE = fields(
    {
        "date": TEXT,
        "step": whole(),
        "epoch": whole(),
        "part": TEXT,
        "name": TEXT,
        "old": ANYTHING,
        "new": ANYTHING,
        "moved": TRUTH,
    }
)
_KEYS = {
    "name": "name",
    "num_classes": "number of classes",
    "class_names": "class names",
    "unknown_class": "unknown class",
    "label_rule": "rule of the label files",
    "use_edge_map": "use of instance edges",
    "train_images": "number of training images",
}


def _shown(old, new):
    """Two values, of long lists and mappings the first that differs."""
    if isinstance(old, list) and isinstance(new, list):
        if len(old) == len(new) > 4:
            i = next(i for i, v in enumerate(old) if v != new[i])
            return tuple(f"{v[i]!r} in place {i}" for v in (old, new))
        return _short(old), _short(new)
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        name = next(k for k in {**old, **new} if old.get(k) != new.get(k))
        return tuple(f"{name}={_short(v.get(name))}" for v in (old, new))
    return repr(old), repr(new)


def _short(value):
    if isinstance(value, (list, Mapping)) and len(value) > 8:
        return f"{len(value)} values"
    return repr(value)


def log_changes(
    run: RunDirectory, changes: Iterable[Change], state: Mapping[str, Any]
) -> None:
    """Appends to `logs/changes.jsonl`, one line for each change.

    Earlier changes at steps that are not done any more are dropped, as are
    the rows of the log.

    Args:
        run: `RunDirectory`, open.
        changes: Iterable of `Change`.
        state: Mapping. Where the run stands, as in its checkpoint.
    """
    step = state.get("step", 0)
    kept = [change for change in read_changes(run) if change["step"] <= step]
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    lines = [
        {
            "date": now,
            "step": step,
            "epoch": state.get("epoch", 0),
            **dataclasses.asdict(change),
        }
        for change in changes
    ]
    text = "".join(json.dumps(line) + "\n" for line in [*kept, *lines])
    if text != _read_text(run):
        atomic.write_text(run.changes_path, text)


def read_changes(run: RunDirectory) -> list[dict[str, Any]]:
    """Reads `logs/changes.jsonl`.

    Args:
        run: `RunDirectory`.

    Returns:
        List of dicts with `date`, `step`, `epoch` and the fields of `Change`.

    Raises:
        JSONError: If a line is none.
    """
    return [
        parse_json(
            line.encode(),
            f"{run.changes_path}, line {number},",
            _LINE,
            "restore it from a copy, or remove the file, which is a log",
        )
        for number, line in enumerate(_read_text(run).splitlines(), 1)
    ]


def optimizers_changed(run: RunDirectory, step: int) -> bool:
    """Whether arguments of the optimizers changed after a step.

    Args:
        run: `RunDirectory`.
        step: int. Training steps that are done.

    Returns:
        bool.
    """
    return any(
        change["step"] == step and change["part"] == "optimizers"
        for change in read_changes(run)
    )


def _read_text(run):
    try:
        return run.changes_path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""
