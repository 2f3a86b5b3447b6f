"""The folder that holds everything of one training run."""

import datetime
import json
import os
import pathlib

from keras_semsynth.files import atomic

# Flags that may change between two starts of one run: they say how long to
# train, where to run and what to write, not what is learned per step.
FREE_FLAGS = frozenset(
    {
        "cache",
        "checkpoint_minutes",
        "checkpoint_steps",
        "debug",
        "epochs",
        "keep_checkpoints",
        "log_steps",
        "progress_seconds",
        "resume",
        "run_dir",
        "sample_count",
        "sample_epochs",
        "sample_steps",
        "tensorboard",
    }
)


class RunError(ValueError):
    """Says in one sentence why a run directory cannot be used."""


class RunDirectory:
    """Paths, configuration and lock of one training run.

    | name | content |
    | --- | --- |
    | `flags.cfg` | the resolved flags, itself a flag file |
    | `logs/` | TensorBoard events and `train.csv` |
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
    >>> run.open({"model": "spade", "epochs": "20"}, resume="auto")
    """

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.flags_path = self.path / "flags.cfg"
        self.logs_path = self.path / "logs"
        self.csv_path = self.logs_path / "train.csv"
        self.samples_path = self.path / "samples"
        self.checkpoints_path = self.path / "checkpoints"
        self.generator_path = self.path / "generator.keras"
        self.encoder_path = self.path / "encoder.keras"
        self.dataset_path = self.path / "dataset.json"
        self.report_path = self.path / "report.json"
        self._lock = None

    def open(self, flags, resume="auto"):
        """Claims the folder for a configuration and writes `flags.cfg`.

        Args:
            flags: dict of str to str, the resolved flags.
            resume: `"auto"` starts or continues, `"never"` only starts,
                `"must"` only continues. Defaults to `"auto"`.

        Raises:
            RunError: If the folder belongs to another configuration, is used
                by a living process, holds foreign files, or does not fit
                `resume`.
        """
        self.check(flags, resume)
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self.acquire()
            # Again, now that nobody else can write them.
            self._check_flags(flags)
            for folder in (
                self.logs_path,
                self.samples_path,
                self.checkpoints_path,
            ):
                folder.mkdir(exist_ok=True)
            self._remove_leftovers()
            atomic.write_text(self.flags_path, _format_flags(flags))
        except OSError as error:
            self.release()
            if isinstance(error, atomic.DiskFullError):
                raise
            if atomic.is_disk_full(error):
                raise atomic.DiskFullError(
                    f"The disk that holds {self.path} is full: free some "
                    "space or choose another --run_dir."
                ) from error
            raise RunError(
                f"--run_dir={self.path} cannot be written "
                f"({error.strerror}): choose another folder."
            ) from error
        except RunError:
            self.release()
            raise

    def check(self, flags, resume="auto"):
        """Raises `RunError` if `open` would, and changes nothing.

        Args:
            flags: dict of str to str, the resolved flags.
            resume: As for `open`. Defaults to `"auto"`.
        """
        self._check_folder(resume)
        self._check_flags(flags)

    def acquire(self):
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
                f"--run_dir={self.path} is in use by another process"
                f"{f' ({owner})' if owner else ''}: wait for it, stop it, or "
                "choose another --run_dir."
            ) from error
        handle.seek(0)
        handle.truncate()
        handle.write(f"process {os.getpid()}")
        handle.flush()
        self._lock = handle

    def release(self):
        """Gives the lock back."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def read_flags(self):
        """Returns the resolved flags of the run as a dict of str to str."""
        return _parse_flags(self.flags_path.read_text(encoding="utf-8"))

    def read_dataset(self):
        """Returns the content of `dataset.json`.

        Raises:
            RunError: If there is none.
        """
        try:
            return json.loads(self.dataset_path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise RunError(
                f"{self.path} holds no {self.dataset_path.name}: it is not a "
                "run directory of train.py."
            ) from None

    def _check_folder(self, resume):
        if self.path.exists() and not self.path.is_dir():
            raise RunError(
                f"--run_dir={self.path} is a file: choose another folder."
            )
        if not self.flags_path.exists():
            foreign = []
            if self.path.is_dir():
                foreign = [p for p in self.path.iterdir() if p.name[0] != "."]
            if foreign:
                raise RunError(
                    f"--run_dir={self.path} holds files but no run "
                    f"(flags.cfg is missing, {foreign[0].name} is there): "
                    "choose an empty or new folder."
                )
            if resume == "must":
                raise RunError(
                    f"--resume=must, but --run_dir={self.path} holds no run: "
                    "check the path or use --resume=auto."
                )
        elif resume == "never":
            raise RunError(
                f"--resume=never, but --run_dir={self.path} already holds a "
                "run: choose another --run_dir or use --resume=auto."
            )

    def _check_flags(self, flags):
        if not self.flags_path.exists():
            return
        differences = differing_flags(self.read_flags(), flags)
        if differences:
            listed = "; ".join(
                f"--{name} was {_shown(old)} and is now {_shown(new)}"
                for name, old, new in differences
            )
            raise RunError(
                f"--run_dir={self.path} holds a run of another "
                f"configuration: {listed}. Use the same flags to resume it, "
                "or choose another --run_dir."
            )

    def _remove_leftovers(self):
        # Only a killed process leaves such files, and we hold the lock.
        for folder in (self.path, self.checkpoints_path, self.samples_path):
            for path in folder.glob(atomic.TEMPORARY_PREFIX + "*"):
                atomic.remove(path)


def differing_flags(old, new, free=FREE_FLAGS):
    """Lists the flags in which two configurations differ.

    Args:
        old: dict of str to str.
        new: dict of str to str.
        free: Names that may differ. Defaults to `FREE_FLAGS`.

    Returns:
        Sorted list of `(name, old value or None, new value or None)`.
    """
    return [
        (name, old.get(name), new.get(name))
        for name in sorted(set(old) | set(new))
        if name not in free and old.get(name) != new.get(name)
    ]


def _shown(value):
    return "unset" if value is None else repr(value)


def _format_flags(flags):
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    lines = [f"# Resolved flags of this run, last started {now}."]
    lines += [f"--{name}={flags[name]}" for name in sorted(flags)]
    return "\n".join(lines) + "\n"


def _parse_flags(text):
    flags = {}
    for line in text.splitlines():
        if line.startswith("--"):
            name, _, value = line[2:].partition("=")
            flags[name] = value
    return flags


def _lock_file(handle):
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
