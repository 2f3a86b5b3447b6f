"""The parts of an experiment, and what each may be.

A network or objective is found because its room exports it; its choice is the
name of its file, without the name of the room: `CCFPSEGenerator` in
`ccfpse_generator.py` is `ccfpse`.
"""

import dataclasses
import functools
import inspect
import types
from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import keras

from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth.data.datasets import DATASETS
from keras_semsynth.data.load import make_preprocessing
from keras_semsynth.experiments.arguments import Argument
from keras_semsynth.experiments.arguments import arguments_of
from keras_semsynth.experiments.arguments import suggestion
from keras_semsynth.experiments.discriminator_features import (
    pretrained_features,
)
from keras_semsynth.experiments.run_settings import RunSettings
from keras_semsynth.layers.configured import constructor_arguments
from keras_semsynth.losses import PerceptualLoss

PARTS = (
    "data",
    "generator",
    "discriminator",
    "encoder",
    "objective",
    "optimizers",
    "run",
)
# Parts that an experiment may lack.
OPTIONAL_PARTS = ("discriminator", "encoder")
# What the data decide, so that no run sets it.
_OF_THE_DATA = ("num_classes", "use_edge_map", "image_size")
_LEFT_OUT = {
    "data": ("name", "split", "training", "unknown_class"),
    "generator": _OF_THE_DATA,
    "discriminator": _OF_THE_DATA,
    "encoder": _OF_THE_DATA,
    "objective": (),
    "optimizers": ("epochs", "steps_per_epoch"),
    "run": (),
}


@dataclasses.dataclass(frozen=True)
class Choice:
    """What a part may be.

    Args:
        kind: str, one of `PARTS`.
        name: str. Name of the choice, such as `"ccfpse"`.
        target: Class of it, or for data the function that lists a split.
        declarations: Tuple of functions and classes whose arguments it has.
    """

    kind: str
    name: str
    target: Callable[..., Any]
    declarations: tuple[Callable[..., Any], ...]

    @property
    def arguments(self) -> Mapping[str, Argument]:
        """The arguments that a run may set, by name."""
        left_out = (
            *_LEFT_OUT[self.kind],
            *getattr(self.target, "fixed_arguments", ()),
        )
        return types.MappingProxyType(
            {
                name: argument
                for declaration in self.declarations
                for name, argument in arguments_of(declaration).items()
                if name not in left_out
            }
        )


@dataclasses.dataclass(frozen=True)
class Part:
    """A choice, and what differs from its defaults.

    Args:
        name: str. A choice of `choices(kind)`.
        arguments: Mapping, argument -> value. Defaults to none.
    """

    name: str
    arguments: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        frozen = types.MappingProxyType(dict(self.arguments))
        object.__setattr__(self, "arguments", frozen)

    def __eq__(self, other):
        if not isinstance(other, Part):
            return NotImplemented
        return self.name == other.name and dict(self.arguments) == dict(
            other.arguments
        )

    def __hash__(self):
        return hash((self.name, tuple(sorted(self.arguments.items()))))


@functools.cache
def choices(kind: str) -> Mapping[str, Choice]:
    """Returns what a part may be.

    Args:
        kind: str, one of `PARTS`.

    Returns:
        Mapping, name -> `Choice`.
    """
    if kind == "data":
        declarations = {
            name: (dataset.find, make_preprocessing)
            for name, dataset in DATASETS.items()
        }
        return {
            name: Choice(kind, name, declared[0], declared)
            for name, declared in declarations.items()
        }
    if kind == "optimizers":
        return {
            "adam": Choice(
                kind,
                "adam",
                gans.AdamPair,
                (gans.AdamPair, gans.SemanticGAN.compile),
            )
        }
    if kind == "run":
        return {"run": Choice(kind, "run", RunSettings, (RunSettings,))}
    room, base = {
        "generator": (generators, generators.Generator),
        "discriminator": (discriminators, discriminators.Discriminator),
        "encoder": (encoders, encoders.Encoder),
        "objective": (gans, gans.SemanticGAN),
    }[kind]
    found = {}
    for exported in room.__all__:
        target = getattr(room, exported)
        if not (inspect.isclass(target) and issubclass(target, base)):
            continue
        name = target.__module__.rpartition(".")[2]
        name = name.removesuffix(f"_{kind}")
        # What is only there to be inherited from is not registered; a
        # `SemanticGAN` itself has the terms that Python gives it.
        registered = keras.saving.get_registered_name(target)
        if registered == target.__name__ or target is gans.SemanticGAN:
            continue
        declarations = [target]
        if "perceptual_weight" in arguments_of(target):
            declarations.append(PerceptualLoss)
        if "features_network" in constructor_arguments(target):
            declarations.append(pretrained_features)
        found[name] = Choice(kind, name, target, tuple(declarations))
    return types.MappingProxyType(found)


def find_choice(kind: str, name: str) -> Choice:
    """Returns a choice by its name.

    Args:
        kind: str, one of `PARTS`.
        name: str.

    Returns:
        `Choice`.

    Raises:
        ValueError: If there is none of that name.
    """
    known = choices(kind)
    if name not in known:
        argument = "dataset" if kind == "data" else kind
        raise ValueError(
            f"`{argument}={name}` is not a choice{suggestion(name, known)}; "
            f"choose one of {', '.join(known)}."
        )
    return known[name]


def owners(kind: str, argument: str) -> list[str]:
    """Lists the choices of a part that have an argument.

    Args:
        kind: str, one of `PARTS`.
        argument: str.

    Returns:
        List of their names.
    """
    return [
        name
        for name, choice in choices(kind).items()
        if argument in choice.arguments
    ]


def normal_part(kind: str, part: Part) -> Part:
    """Checks a part and leaves out what equals the defaults.

    Args:
        kind: str, one of `PARTS`.
        part: `Part`.

    Returns:
        `Part` with values in normal form.

    Raises:
        ValueError: If there is no such choice, argument or value.
    """
    choice = find_choice(kind, part.name)
    arguments = {}
    for name, value in part.arguments.items():
        argument = choice.arguments.get(name)
        if argument is None:
            others = owners(kind, name)
            hint = suggestion(name, choice.arguments)
            if others:
                hint = f"; it belongs to {', '.join(map(repr, others))}"
            raise ValueError(
                f"The {kind} {part.name!r} has no argument `{name}`{hint}."
            )
        value = argument.convert(value)
        if argument.required or value != argument.default:
            arguments[name] = value
    return Part(part.name, arguments)
