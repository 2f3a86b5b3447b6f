"""The log of settings that changed between two starts of a run."""

import dataclasses
import datetime
import json
from collections.abc import Iterable
from collections.abc import Mapping
from typing import Any

from keras_semsynth.experiments.recorded_data import Change
from keras_semsynth.files import atomic
from keras_semsynth.files.json_file import parse_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import TRUTH
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.run_directory import RunDirectory

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
