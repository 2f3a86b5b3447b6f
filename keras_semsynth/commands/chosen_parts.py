"""The flags that choose the parts of an experiment."""

from collections.abc import Sequence

from keras_semsynth.experiments import Argument
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import choices
from keras_semsynth.experiments.parts import OPTIONAL_PARTS
from keras_semsynth.presets import list_presets

# Parts whose arguments need no prefix: a newcomer types them.
FLAT = ("data", "optimizers", "run")
# What there is to choose, in words.
CHOSEN = {
    "data": "The dataset",
    "generator": "The generator",
    "discriminator": "The discriminator, or none for an objective without",
    "encoder": "The style encoder, or none",
    "objective": "The objective; it goes with every discriminator that has "
    "the outputs it reads",
}


def choice_flag(kind: str) -> str:
    """Returns the name of the flag that chooses a part."""
    return "dataset" if kind == "data" else kind


def choosing(parts: Sequence[str], base: Experiment) -> dict[str, Argument]:
    """Returns the flags that choose what parts are.

    Args:
        parts: Sequence of str.
        base: `Experiment`. What is chosen without these flags.

    Returns:
        dict, name of the flag -> `Argument`.
    """
    found = {}
    if "generator" in parts:
        found["preset"] = Argument(
            "preset",
            (str,),
            True,
            base.preset,
            "A model, or an experiment of a paper, from which the other "
            f"flags differ: {list_presets()}.",
        )
    for kind in parts:
        if kind in CHOSEN:
            part = getattr(base, kind)
            found[choice_flag(kind)] = Argument(
                choice_flag(kind),
                (str,),
                kind in OPTIONAL_PARTS,
                part and part.name,
                f"{CHOSEN[kind]}: {', '.join(choices(kind))}.",
            )
    return found


def unprefixed(parts: Sequence[str]) -> set[str]:
    """Returns flags without prefix that messages name, whatever is chosen.

    Args:
        parts: Sequence of str.

    Returns:
        set of str: what chooses parts, and the arguments of all datasets.
    """
    names = {choice_flag(kind) for kind in parts if kind in CHOSEN}
    if "generator" in parts:
        names.add("preset")
    if "data" in parts:
        names |= {n for c in choices("data").values() for n in c.arguments}
    return names
