"""Checkpoints on disk: written whole, checked when read, pruned."""

import json
import os
import pathlib
from collections.abc import Callable
from typing import Any

from keras_semsynth.files import atomic
from keras_semsynth.files.checksum import file_sha256
from keras_semsynth.files.finite_weights import find_broken_weights
from keras_semsynth.files.json_file import JSONError
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import NUMBER
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import TRUTH
from keras_semsynth.files.json_form import Form
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import list_of
from keras_semsynth.files.json_form import mapping_of
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.run_directory import RunError

WEIGHTS_NAME = "gan.weights.h5"
STATE_NAME = "state.json"
_STORED = {
    "step": whole(),
    "weights_bytes": whole(),
    "weights_sha256": TEXT,
}
_MEASURED = Form(
    "a number that is not negative",
    lambda value: type(value) in (int, float) and value >= 0,
)
# What a resume needs stands there as a whole or not at all.
_PROGRESS = {
    "epoch": whole(),
    "step_in_epoch": whole(),
    "steps_per_epoch": whole(1),
    "images_per_step": whole(1),
    "images_seen": whole(),
    "seconds": _MEASURED,
    "images_per_second": _MEASURED,
    "backend": TEXT,
    "metrics": list_of(NUMBER),
}
_NETWORKS = {
    "has_average": TRUTH,
    "adapts_augmentation": TRUTH,
    "scales_losses": TRUTH,
    "learning_rates": mapping_of(NUMBER),
}


def _check_state(content, place):
    required = dict.fromkeys(_STORED)
    for group in (_PROGRESS, _NETWORKS):
        if len(group.keys() & content.keys()) > 1:
            required |= group
    forms = {**_STORED, **_PROGRESS, **_NETWORKS}
    fields(forms, required).check(content, place)


_STATE = Form("an object", lambda value: isinstance(value, dict), _check_state)


class CheckpointStore:
    """A folder of checkpoints, each a folder named after its step.

    A checkpoint is `gan.weights.h5` (weights, optimizers, EMA, spectral
    vectors, statistics and random state) and `state.json` (where the run
    stands, and size and SHA-256 of the weights file). Both are written under
    a temporary name, synced to the disk and renamed together, so that a kill
    at any moment leaves the checkpoints before it as they were.

    Args:
        path: Path of the folder.
        keep: int. Checkpoints kept; older ones are removed after a new one is
            safe. Defaults to `2`.
        report: Function of one string, told about damaged checkpoints.
            Defaults to `print`.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        keep: int = 2,
        report: Callable[[str], object] = print,
    ):
        if keep < 1:
            raise ValueError(
                f"`keep` must be a positive integer. Received: keep={keep}."
            )
        self.path = pathlib.Path(path)
        self.keep = keep
        self.report = report
        self._damaged = set()

    def steps(self) -> list[int]:
        """Returns the steps of all checkpoints, oldest first."""
        steps = []
        for path in self.path.glob("step-*"):
            number = path.name.removeprefix("step-")
            if number.isdigit() and path.is_dir():
                steps.append(int(number))
        return sorted(steps)

    def folder(self, step: int) -> pathlib.Path:
        """Returns the path of the checkpoint of a step."""
        return self.path / f"step-{step:09d}"

    def save(
        self,
        step: int,
        state: dict[str, Any],
        write_weights: Callable[[pathlib.Path], object],
    ) -> pathlib.Path:
        """Writes a checkpoint; removes older ones, and damaged later ones.

        Args:
            step: int. Training steps done.
            state: dict. What else a resume needs; must fit JSON.
            write_weights: Function of a path that writes the weights there.

        Returns:
            Path of the checkpoint.

        Raises:
            DiskFullError: If it did not fit; older ones are untouched.
        """
        folder = self.folder(step)
        if folder.exists() and self._problem(folder) is None:
            # The same step of the same run is the same state.
            return folder
        self.path.mkdir(parents=True, exist_ok=True)
        if folder.exists():
            atomic.remove(folder)
        with atomic.atomic_path(folder) as temporary:
            temporary.mkdir()
            weights = temporary / WEIGHTS_NAME
            write_weights(weights)
            digest = file_sha256(weights)
            content = {
                **state,
                "step": step,
                "weights_bytes": weights.stat().st_size,
                "weights_sha256": digest,
            }
            (temporary / STATE_NAME).write_text(
                json.dumps(content, indent=2) + "\n", encoding="utf-8"
            )
        self._damaged.discard(step)
        self.prune(step)
        for later in self.steps():
            if later > step:
                # Damaged: the run would have gone on from it.
                self._remove(later)
        return folder

    def newest_bytes(self) -> int:
        """Returns the size of the newest weights file; 0 if there is none."""
        try:
            weights = self.folder(self.steps()[-1]) / WEIGHTS_NAME
            return weights.stat().st_size
        except (IndexError, OSError):
            return 0

    def prune(self, newest: int) -> None:
        """Removes what is older than the newest `keep` checkpoints.

        Those that `newest` has found damaged are no reason to remove one that
        is whole. A killed run may have left some: `save` prunes last.

        Args:
            newest: int. Step of the newest that is whole. Later ones stay.
        """
        steps = [step for step in self.steps() if step <= newest]
        whole = [step for step in steps if step not in self._damaged]
        for step in steps:
            if step not in whole[-self.keep :]:
                self._remove(step)

    def _remove(self, step):
        folder = self.folder(step)
        # Renaming first keeps a half-removed folder from being found.
        doomed = folder.with_name(atomic.TEMPORARY_PREFIX + folder.name)
        os.replace(folder, doomed)
        atomic.remove(doomed)

    def newest(self) -> tuple[pathlib.Path, dict[str, Any]] | None:
        """Finds the newest checkpoint that is whole, all its numbers finite.

        Returns:
            `(weights path, state)` or `None` if there is none.

        Raises:
            RunError: If the disk or a permission keeps one from being read.
        """
        for step in reversed(self.steps()):
            folder = self.folder(step)
            problem = self._problem(folder)
            if problem is None:
                self._damaged.discard(step)
                return folder / WEIGHTS_NAME, self._read_state(folder)
            self._damaged.add(step)
            self.report(
                f"Checkpoint {folder} is damaged ({problem}) and is skipped."
            )
        return None

    def _read_state(self, folder):
        return read_json(folder / STATE_NAME, _STATE, max_bytes=2**20)

    def _problem(self, folder):
        try:
            state = self._read_state(folder)
            if folder.name != self.folder(state["step"]).name:
                return f"{STATE_NAME} is of step {state['step']}"
            size = (folder / WEIGHTS_NAME).stat().st_size
            if size != state["weights_bytes"]:
                return (
                    f"{WEIGHTS_NAME} has {size} of "
                    f"{state['weights_bytes']} bytes"
                )
            if file_sha256(folder / WEIGHTS_NAME) != state["weights_sha256"]:
                return f"the checksum of {WEIGHTS_NAME} is wrong"
            return _numbers_problem(folder / WEIGHTS_NAME)
        except FileNotFoundError as error:
            return f"{pathlib.Path(error.filename).name} is missing"
        except (IsADirectoryError, NotADirectoryError) as error:
            return f"{pathlib.Path(error.filename).name} is no file"
        except JSONError as error:
            if isinstance(error.__cause__, OSError):
                raise _unread(folder, error.__cause__) from error
            return f"{STATE_NAME} cannot be read: {error.reason}"
        except OSError as error:
            raise _unread(folder, error) from error


def _unread(folder, error):
    """What a disk or a permission keeps from being read is not damaged.

    To go on from an older checkpoint would remove it at the next save.
    """
    return RunError(
        f"Checkpoint {folder} cannot be read ({error.strerror}): mend the disk "
        "or the permissions and run it again, or move that folder away to go "
        "on from the one before."
    )


def _numbers_problem(path):
    try:
        broken = find_broken_weights(path)
    except (OSError, ValueError) as error:
        return f"{path.name} is no HDF5 file of weights: {error}"
    return f"NaN or infinite numbers in {', '.join(broken)}" if broken else None
