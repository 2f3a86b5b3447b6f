"""Checkpoints on disk: written whole, checked when read, pruned."""

import hashlib
import json
import os
import pathlib
from collections.abc import Callable
from typing import Any

from keras_semsynth.files import atomic

WEIGHTS_NAME = "gan.weights.h5"
STATE_NAME = "state.json"


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
        """Writes a checkpoint and removes those that are too old.

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
            digest = _sha256(weights)
            content = {
                **state,
                "step": step,
                "weights_bytes": weights.stat().st_size,
                "weights_sha256": digest,
            }
            (temporary / STATE_NAME).write_text(
                json.dumps(content, indent=2) + "\n", encoding="utf-8"
            )
        self.prune()
        return folder

    def prune(self) -> None:
        """Removes all but the newest `keep` checkpoints."""
        for step in self.steps()[: -self.keep]:
            folder = self.folder(step)
            # Renaming first keeps a half-removed folder from being found.
            doomed = folder.with_name(atomic.TEMPORARY_PREFIX + folder.name)
            os.replace(folder, doomed)
            atomic.remove(doomed)

    def newest(self) -> tuple[pathlib.Path, dict[str, Any]] | None:
        """Finds the newest checkpoint that is whole.

        Returns:
            `(weights path, state)` or `None` if there is none.
        """
        for step in reversed(self.steps()):
            folder = self.folder(step)
            problem = self._problem(folder)
            if problem is None:
                return folder / WEIGHTS_NAME, self._read_state(folder)
            self.report(
                f"Checkpoint {folder} is damaged ({problem}) and is skipped."
            )
        return None

    def _read_state(self, folder):
        return json.loads((folder / STATE_NAME).read_text(encoding="utf-8"))

    def _problem(self, folder):
        try:
            state = self._read_state(folder)
            size = (folder / WEIGHTS_NAME).stat().st_size
            if size != state["weights_bytes"]:
                return (
                    f"{WEIGHTS_NAME} has {size} of "
                    f"{state['weights_bytes']} bytes"
                )
            if _sha256(folder / WEIGHTS_NAME) != state["weights_sha256"]:
                return f"the checksum of {WEIGHTS_NAME} is wrong"
        except FileNotFoundError as error:
            return f"{pathlib.Path(error.filename).name} is missing"
        except (ValueError, KeyError, TypeError):
            return f"{STATE_NAME} cannot be read"
        return None


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
