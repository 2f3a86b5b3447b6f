"""What a run directory holds already, and whether training may go on."""

import os
from typing import Any

from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import find_choice
from keras_semsynth.experiments.experiment import FREE
from keras_semsynth.experiments.recorded_data import Change
from keras_semsynth.experiments.recorded_data import data_changes
from keras_semsynth.files.checkpoint_store import CheckpointStore
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.gans.saved_state import load_state
from keras_semsynth.training.note import note

NETWORKS = ("generator", "discriminator", "encoder")
# Of `dataset.json`: what decides which class a channel of a network means.
MEANING = ("num_classes", "label_rule", "unknown_class", "use_edge_map")


class EarlierRun:
    """The run that a directory holds: what it was and how far it came.

    Args:
        run: `RunDirectory` with an `experiment.json`.
    """

    def __init__(self, run: RunDirectory):
        self.run = run
        self.experiment = Experiment.load(run.path)
        self.dataset = None
        if run.dataset_path.exists():
            self.dataset = run.read_dataset()
        # Damaged checkpoints are reported when training goes on.
        store = CheckpointStore(run.checkpoints_path, report=lambda _: None)
        found = store.newest()
        self.weights, self.state = found or (None, {})

    @classmethod
    def find(cls, run: RunDirectory) -> "EarlierRun | None":
        """Returns the run of a directory, or `None` if it holds none."""
        return cls(run) if run.experiment_path.exists() else None

    def check_epochs(self, epochs: int) -> None:
        """Raises `RunError` if more epochs are done than there are to be.

        Args:
            epochs: int. Epochs of the whole run.
        """
        done = self.state.get("epoch", 0), self.state.get("step_in_epoch", 0)
        if done > (epochs, 0):
            raise RunError(
                f"The run in {self.run.path} has done {done[0]} epochs"
                f"{' and a part of the next' if done[1] else ''}; "
                f"`epochs={epochs}` leaves nothing to do: give more `epochs`."
            )

    def keep_initial(self, experiment: Experiment) -> Experiment:
        """Leaves `init_from` as it was: a run keeps the weights it has.

        One without a checkpoint has none, and begins anew.

        Args:
            experiment: `Experiment` of the next start.

        Returns:
            `Experiment`.
        """
        old, new = (
            e.settings()["run"]["init_from"]
            for e in (self.experiment, experiment)
        )
        if self.weights is None:
            return experiment
        if new is not None:
            note(
                f"Note: `init_from={new}` has no effect, since the run in "
                f"{self.run.path} goes on from its own weights."
            )
        return experiment.replace(run={"init_from": old})

    def check_changes(
        self,
        experiment: Experiment,
        dataset: dict[str, Any],
        gan: SemanticGAN,
        accepted: bool,
    ) -> list[Change]:
        """Decides whether the run may go on with another experiment.

        A path may lead elsewhere if the data there are those of
        `dataset.json`. Every other change must be accepted, and leave the
        networks as they are: their arguments, which class each of their
        channels means, and names and shapes of all weights. A run without a
        checkpoint has nothing to lose: it begins anew with any experiment.

        Args:
            experiment: `Experiment` of the next start.
            dataset: dict for its `dataset.json`.
            gan: `SemanticGAN` of it, built and compiled. It may get the
                weights of the checkpoint.
            accepted: bool. Whether changes are accepted.

        Returns:
            List of `Change`.

        Raises:
            RunError: If it may not.
        """
        changes = self._settings(experiment) + self._data(dataset)
        if self.weights is None:
            note(
                f"Note: the run in {self.run.path} has no checkpoint to go on "
                "from and begins anew."
            )
            return changes
        serious = [change for change in changes if not change.moved]
        parts = set(NETWORKS)
        if gan.generator.fixed_size and self._is_resized(dataset):
            parts.add("data")
        refused = [
            c
            for c in serious
            if c.part in parts or (c.part == "dataset" and c.name in MEANING)
        ]
        if serious and not refused and not self._fits(gan):
            refused = serious
        if refused:
            raise RunError(
                f"`run_dir={self.run.path}` holds a run with other networks: "
                f"{_listed(refused)}. Use the same settings to resume it, or "
                "choose another `run_dir`."
            )
        if serious and not accepted:
            raise RunError(
                f"`run_dir={self.run.path}` holds a run of another "
                f"configuration: {_listed(serious)}. Use the same settings to "
                "resume it, `resume=changed` to go on with the new ones, or "
                "another `run_dir`."
            )
        return changes

    def _settings(self, experiment):
        free = dict(FREE)
        if self.weights is None:
            # Where it begins from now matters.
            free["run"] = FREE["run"] - {"init_from"}
        return [
            Change(kind, name, old, new, self._is_move(kind, name, old, new))
            for kind, name, old, new in self.experiment.differences(
                experiment, free
            )
        ]

    def _is_move(self, kind, name, old, new):
        part = getattr(self.experiment, kind)
        if part is None or name == "name":
            return False
        argument = find_choice(kind, part.name).arguments[name]
        if not (argument.names_path(old) and argument.names_path(new)):
            return False
        # No file describes what a weights file holds: its name must do.
        own = os.path.basename(old) == os.path.basename(new)
        return kind == "data" or own

    def _data(self, dataset):
        if self.dataset is None:
            return []
        return [
            change
            for change in data_changes(self.dataset, dataset)
            # The size of images is a setting.
            if change.name != "image_size"
        ]

    def _is_resized(self, dataset):
        before = (self.dataset or {}).get("image_size")
        return before is not None and before != dataset["image_size"]

    def _fits(self, gan):
        try:
            load_state(gan, self.weights, self.state)
        except ValueError:
            return False
        return True


def _listed(changes):
    return "; ".join(map(str, changes))
