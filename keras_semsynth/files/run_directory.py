"""The folder that holds everything of one training run."""

import os
import pathlib
from typing import Any

from keras_semsynth.files import atomic
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import ANYTHING
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import Form
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.json_form import optional
from keras_semsynth.files.outputs import require_folder

# Of an `experiment.json`; which parts there are is said further up.
_PART = fields({"name": TEXT, "arguments": mapping_of(ANYTHING)}, closed=True)


def _check_parts(content, place):
    for name, value in content.items():
        form = TEXT if name == "preset" else _PART
        optional(form).check(value, f"`{name}`")


_EXPERIMENT = Form(
    "an object", lambda value: isinstance(value, dict), _check_parts
)


class RunError(ValueError):
    """Says in one sentence why a run directory cannot be used."""


class RunDirectory:
    """Paths, configuration and lock of one training run.

    | name | content |
    | --- | --- |
    | `experiment.json` | the description that the run is reopened by |
    | `logs/` | TensorBoard events, `train.csv` and `changes.jsonl` |
    | `samples/` | grids of layout, generated and real image |
    | `checkpoints/` | what a resume needs, one folder a checkpoint |
    | `generator.keras` | the generator for inference |
    | `encoder.keras` | the style encoder, if the model has one |
    | `dataset.json` | class names, palette, sizes, rule of label files |
    | `report.json` | what was trained, where, and for how long |

    Args:
        path: Path of the folder; need not exist.

    Example:

    >>> run = RunDirectory("runs/mine")
    >>> run.open(resume="auto")
    """

    def __init__(self, path: str | os.PathLike):
        self.path = pathlib.Path(path)
        self.experiment_path = self.path / "experiment.json"
        self.logs_path = self.path / "logs"
        self.csv_path = self.logs_path / "train.csv"
        self.changes_path = self.logs_path / "changes.jsonl"
        self.samples_path = self.path / "samples"
        self.checkpoints_path = self.path / "checkpoints"
        self.generator_path = self.path / "generator.keras"
        self.encoder_path = self.path / "encoder.keras"
        self.dataset_path = self.path / "dataset.json"
        self.report_path = self.path / "report.json"
        self._lock = None

    def open(self, resume: str = "auto") -> None:
        """Claims the folder, and makes the folders in it.

        Args:
            resume: `"auto"` starts or continues, `"never"` only starts,
                `"must"` and `"changed"` only continue. Defaults to `"auto"`.

        Raises:
            RunError: If the folder is used by a living process, holds foreign
                files, or does not fit `resume`.
            DiskFullError: If nothing can be written any more.
        """
        self.check(resume)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.acquire()
            for folder in (
                self.logs_path,
                self.samples_path,
                self.checkpoints_path,
            ):
                folder.mkdir(exist_ok=True)
            # Only a killed process leaves such files, and we hold the lock.
            atomic.remove_leftovers(
                self.path,
                self.checkpoints_path,
                self.samples_path,
                self.logs_path,
                locked=True,
            )
        except OSError as error:
            self.release()
            if atomic.is_disk_full(error):
                raise atomic.DiskFullError(
                    f"The disk that holds {self.path} is full: free some "
                    "space or choose another `run_dir`."
                ) from error
            raise RunError(
                f"`run_dir={self.path}` cannot be written "
                f"({error.strerror}): choose another folder."
            ) from error

    def check(self, resume: str = "auto") -> None:
        """Raises `RunError` if `open` would, and changes nothing.

        Args:
            resume: As for `open`. Defaults to `"auto"`.
        """
        try:
            require_folder(self.path, "run_dir")
        except ValueError as error:
            raise RunError(str(error)) from error
        if not self.experiment_path.exists():
            foreign = []
            if self.path.is_dir():
                foreign = sorted(self._foreign())
            if foreign:
                raise RunError(
                    f"`run_dir={self.path}` holds files but no run "
                    f"({self.experiment_path.name} is missing, "
                    f"{foreign[0].relative_to(self.path)} is there): choose "
                    "an empty or new folder."
                )
            if resume in ("must", "changed"):
                raise RunError(
                    f"`resume={resume}`, but `run_dir={self.path}` holds no "
                    "run: check the path or use `resume=auto`."
                )
        elif resume == "never":
            raise RunError(
                f"`resume=never`, but `run_dir={self.path}` already holds a "
                "run: choose another `run_dir` or use `resume=auto`."
            )

    def _foreign(self):
        """What no process leaves that was killed before it had described it.

        Such a process leaves our folders, and in them nothing that is whole.
        """
        for path in self.path.iterdir():
            if path.name[0] == ".":
                continue
            if path in (
                self.logs_path,
                self.samples_path,
                self.checkpoints_path,
            ):
                if path.is_dir():
                    yield from (
                        inner
                        for inner in path.iterdir()
                        if inner.name[0] != "."
                    )
                    continue
            yield path

    def acquire(self) -> None:
        """Takes the lock, which the system frees when the process ends."""
        if self._lock is not None:
            return
        handle = open(self.path / ".lock", "a+", encoding="utf-8")
        try:
            _lock_file(handle)
        except OSError as error:
            handle.seek(0)
            owner = handle.read().strip()
            handle.close()
            raise RunError(
                f"`run_dir={self.path}` is in use by another process"
                f"{f' ({owner})' if owner else ''}: wait for it, stop it, or "
                "choose another `run_dir`."
            ) from error
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()}")
        handle.flush()
        self._lock = handle

    def release(self) -> None:
        """Gives the lock back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def read_experiment(self) -> dict[str, Any]:
        """Returns the content of `experiment.json`.

        Returns:
            dict of `"preset"` and parts, each `None` or a dict of `"name"`
            and `"arguments"`.

        Raises:
            RunError: If there is none.
            JSONError: If it cannot be used.
        """
        try:
            return read_json(
                self.experiment_path,
                _EXPERIMENT,
                "restore it from a copy, or start a new run in another folder",
            )
        except FileNotFoundError:
            raise RunError(
                f"{self.path} holds no {self.experiment_path.name}: it is not "
                "a run directory of the train command."
            ) from None

    def read_dataset(self) -> dict[str, Any]:
        """Returns the content of `dataset.json`.

        Raises:
            RunError: If there is none.
            JSONError: If it cannot be used.
        """
        try:
            return read_dataset_file(self.dataset_path)
        except FileNotFoundError:
            raise RunError(
                f"{self.path} holds no {self.dataset_path.name}: it is not a "
                "run directory of the train command."
            ) from None


def _lock_file(handle):
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
