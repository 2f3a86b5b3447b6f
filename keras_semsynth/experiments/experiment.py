"""The description of a run, as a value."""

import dataclasses
import os
import pathlib
import types
from collections.abc import Mapping
from typing import Any

from keras_semsynth.experiments.arguments import suggestion
from keras_semsynth.experiments.parts import OPTIONAL_PARTS
from keras_semsynth.experiments.parts import PARTS
from keras_semsynth.experiments.parts import Part
from keras_semsynth.experiments.parts import find_choice
from keras_semsynth.experiments.parts import normal_part
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.presets import ABLATIONS
from keras_semsynth.presets import PRESETS
from keras_semsynth.presets import list_presets

FILE_NAME = "experiment.json"
# Arguments that may change between two starts of one run: they say how long to
# train, where to run and what to write, not what is learned in a step.
FREE = types.MappingProxyType(
    {
        "optimizers": frozenset({"jit_compile", "label_convolution"}),
        "run": frozenset(
            {
                "cache",
                "checkpoint_minutes",
                "checkpoint_steps",
                "cluster_seconds",
                "dry_run",
                "epoch_end_share",
                "epochs",
                "init_from",
                "keep_checkpoints",
                "log_steps",
                "logical_devices",
                "progress_seconds",
                "resume",
                "run_dir",
                "sample_count",
                "sample_epochs",
                "sample_steps",
                "strategy",
                "tensorboard",
                "tracker",
            }
        ),
    }
)


@dataclasses.dataclass(frozen=True)
class Experiment:
    """Data, networks, objective, optimizers and settings of one run.

    Each part is a choice and what differs from its defaults, which stand in
    the constructors. Two experiments are equal if they describe the same.

    Args:
        data: `Part`. A dataset and how its files become images.
        generator: `Part`.
        discriminator: `Part` or `None`: none, for an objective that needs
            none.
        encoder: `Part` or `None`: no style encoder. Defaults to `None`.
        objective: `Part`. The GAN.
        optimizers: `Part`.
        run: `Part`. Arguments of `RunSettings`.
        preset: str or `None`. Where it was begun from. Defaults to `None`.

    Raises:
        ValueError: If there is no such choice, argument or value.

    Example:

    >>> experiment = Experiment.from_preset("ccfpse_ade20k_256")
    >>> smaller = experiment.replace(generator={"hidden_filters": 48})
    >>> smaller.replace(run={"run_dir": "runs/mine"}).save("runs/mine")
    """

    data: Part = Part("landscapes")
    generator: Part = Part("spade")
    discriminator: Part | None = Part("multi_scale_patch")
    encoder: Part | None = None
    objective: Part = Part("spade")
    optimizers: Part = Part("adam")
    run: Part = Part("run")
    preset: str | None = None

    def __post_init__(self):
        for kind in PARTS:
            part = getattr(self, kind)
            if part is not None:
                object.__setattr__(self, kind, normal_part(kind, part))

    @classmethod
    def from_preset(cls, name: str) -> "Experiment":
        """Returns the experiment of a paper, or the parts of a model.

        Args:
            name: str. A key of `presets.PRESETS`: a model such as `"spade"`,
                or a published experiment such as `"spade_ade20k_256"`; or one
                of `presets.ABLATIONS`, such as `"ccfpse_table2_3"`.

        Returns:
            `Experiment`.

        Raises:
            ValueError: If there is no such preset.
        """
        known = {**PRESETS, **ABLATIONS}
        if name not in known:
            raise ValueError(
                f"`preset={name}` is not a preset{suggestion(name, known)}; "
                f"choose one of {list_presets(name)}."
            )
        parts = {
            kind: choice and Part(*choice)
            for kind, choice in known[name]["parts"].items()
        }
        return cls(**parts, preset=name)

    def replace(self, **parts: Any) -> "Experiment":
        """Returns the experiment with some parts changed.

        Args:
            **parts: For each part a `Part`; a name (another choice starts
                from its own defaults, the same one stays as it is); a mapping
                of arguments to change; a pair of both; or `None` for no
                discriminator or no encoder. `preset` is a str.

        Returns:
            `Experiment`.

        Raises:
            ValueError: If there is no such part, choice, argument or value.
        """
        changed = {}
        for kind, change in parts.items():
            if kind == "preset":
                changed[kind] = change
                continue
            if kind not in PARTS:
                raise ValueError(
                    f"An experiment has the parts {', '.join(PARTS)}. "
                    f"Received: {kind!r}."
                )
            changed[kind] = _changed_part(kind, getattr(self, kind), change)
        return dataclasses.replace(self, **changed)

    def settings(self) -> dict[str, dict[str, Any]]:
        """Returns every argument of every part, defaults included.

        Returns:
            dict, part -> dict of argument -> value; `"name"` is the choice.
        """
        found = {}
        for kind in PARTS:
            part = getattr(self, kind)
            if part is None:
                found[kind] = {"name": None}
                continue
            defaults = {
                name: argument.default
                for name, argument in find_choice(
                    kind, part.name
                ).arguments.items()
                if not argument.required
            }
            found[kind] = {"name": part.name, **defaults, **part.arguments}
        return found

    def differences(
        self,
        other: "Experiment",
        free: Mapping[str, frozenset[str]] = FREE,
    ) -> list[tuple[str, str, Any, Any]]:
        """Lists in what another experiment differs.

        Two paths that lead to the same place are no difference.

        Args:
            other: `Experiment`.
            free: Mapping, part -> arguments that may differ. Defaults to
                those that may change between two starts of one run.

        Returns:
            List of `(part, argument, own value, value of the other)`; a value
            is `None` where there is no such argument, and the argument is
            `"name"` where the choices differ.
        """
        found = []
        theirs = other.settings()
        for kind, mine in self.settings().items():
            left_out = free.get(kind, frozenset())
            part = getattr(self, kind)
            known = find_choice(kind, part.name).arguments if part else {}
            names = dict.fromkeys([*mine, *theirs[kind]])
            if mine["name"] != theirs[kind]["name"]:
                names = {"name": None}
            found += [
                (kind, name, mine.get(name), theirs[kind].get(name))
                for name in names
                if name not in left_out
                and not _same(
                    known.get(name), mine.get(name), theirs[kind].get(name)
                )
            ]
        return found

    def to_json(self) -> dict[str, Any]:
        """Returns the experiment as JSON holds it.

        Returns:
            dict of `"preset"` and the parts.
        """
        described: dict[str, Any] = {"preset": self.preset}
        for kind in PARTS:
            part = getattr(self, kind)
            described[kind] = part and {
                "name": part.name,
                "arguments": dict(part.arguments),
            }
        return described

    @classmethod
    def from_json(cls, described: Mapping[str, Any]) -> "Experiment":
        """Reads what `to_json` returned.

        Args:
            described: Mapping.

        Returns:
            `Experiment`.

        Raises:
            ValueError: If it is something else, or was written by a version
                with other arguments.
        """
        expected = {"preset", *PARTS}
        if set(described) != expected:
            missing = sorted(expected - set(described))
            others = sorted(set(described) - expected)
            found = (
                f"lacks {', '.join(missing)}"
                if missing
                else (f"has the unknown {', '.join(others)[:60]}")
            )
            raise ValueError(
                f"an experiment has `preset` and the parts "
                f"{', '.join(PARTS)}; this one {found}."
            )
        for kind in PARTS:
            if described[kind] is None and kind not in OPTIONAL_PARTS:
                raise ValueError(f"an experiment needs its part {kind}.")
        parts = {
            kind: part and Part(part["name"], part["arguments"])
            for kind, part in described.items()
            if kind != "preset"
        }
        return cls(**parts, preset=described.get("preset"))

    def save(self, run: str | os.PathLike) -> None:
        """Writes `experiment.json` into a run directory.

        Args:
            run: Path of the folder, which must exist.
        """
        atomic.write_json(pathlib.Path(run) / FILE_NAME, self.to_json())

    @classmethod
    def load(cls, run: str | os.PathLike) -> "Experiment":
        """Reads the experiment of a run directory.

        Args:
            run: Path of the folder, or of a file in it.

        Returns:
            `Experiment`.

        Raises:
            ValueError: If there is none, or it cannot be read.
        """
        path = pathlib.Path(run)
        folder = path if path.is_dir() else path.parent
        described = RunDirectory(folder).read_experiment()
        try:
            return cls.from_json(described)
        except ValueError as error:
            raise ValueError(
                f"{folder / FILE_NAME} describes no experiment of this "
                f"version: {error}"
            ) from error


def has_experiment(run: str | os.PathLike) -> bool:
    """Whether a folder, or the folder of a file, describes its experiment.

    Args:
        run: Path.

    Returns:
        bool.
    """
    path = pathlib.Path(run)
    folder = path if path.is_dir() else path.parent
    return (folder / FILE_NAME).is_file()


def _same(argument, one, other):
    if argument is None:  # The name of a choice.
        return one == other
    return argument.same(one, other)


def _changed_part(kind, part, change):
    if change is None and kind in OPTIONAL_PARTS:
        return None
    if isinstance(change, Part):
        return change
    name, arguments = change if isinstance(change, tuple) else (change, {})
    if isinstance(name, Mapping):
        name, arguments = part.name if part else None, name
    if name is None:
        raise ValueError(
            f"The experiment has no {kind} whose arguments could change. "
            f"Received: {kind}={change!r}."
        )
    same = part is not None and part.name == name
    return Part(name, {**(part.arguments if same else {}), **arguments})
