"""From the description of an experiment to its objects."""

import contextlib
import dataclasses
from collections.abc import Callable
from collections.abc import Iterator
from collections.abc import Mapping
from typing import Any

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import SemanticDataset
from keras_semsynth.data import describe
from keras_semsynth.data import make_preprocessing
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.discriminators import Discriminator
from keras_semsynth.encoders import Encoder
from keras_semsynth.experiments.arguments import arguments_of
from keras_semsynth.experiments.discriminator_features import (
    pretrained_features,
)
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.experiments.parts import Part
from keras_semsynth.experiments.parts import find_choice
from keras_semsynth.experiments.run_settings import RunSettings
from keras_semsynth.gans import AdamPair
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.gans.two_player_model import check_step
from keras_semsynth.generators import Generator
from keras_semsynth.losses import PerceptualLoss

# A size that every generator can be constructed for.
ANY_SIZE = (1024, 1024)


@dataclasses.dataclass(frozen=True)
class LabelSpace:
    """What networks must know of the data.

    Args:
        num_classes: int, the unknown class included.
        use_edge_map: bool. Whether samples have instance edges.
        image_size: `(height, width)` in pixels.
        unknown_class: int or `None`. Id of unlabelled pixels.
            Defaults to `None`.
    """

    num_classes: int
    use_edge_map: bool
    image_size: tuple[int, int]
    unknown_class: int | None = None


class PartError(ValueError):
    """What is wrong with one part of an experiment.

    Args:
        kind: str. The part.
        message: str. Names its arguments in backticks.
    """

    def __init__(self, kind: str, message: str):
        super().__init__(message)
        self.kind = kind


def open_dataset(
    experiment: Experiment, split: str = "train"
) -> SemanticDataset | None:
    """Lists the samples of one split of the experiment's data.

    Args:
        experiment: `Experiment`.
        split: str, `"train"` or `"val"`. Defaults to `"train"`.

    Returns:
        `SemanticDataset`, or `None` for the validation split of data that
        have none.

    Raises:
        ValueError: If the files are not there or do not fit together.
    """
    name = experiment.data.name
    given = experiment.data.arguments
    find = get_dataset(name).find
    arguments, _ = split_arguments(given, find)
    if "image_size" in arguments_of(find):
        # Made at the size that is trained on.
        size = preprocessing(experiment, training=True).image_size
        if size is not None:
            arguments["image_size"] = size
    return describe(name, split=split, **arguments)


def preprocessing(
    experiment: Experiment, training: bool, unknown_class: int | None = None
) -> Preprocessing:
    """Says how files become images of the training size.

    Args:
        experiment: `Experiment`.
        training: bool. Otherwise nothing is cut off or mirrored.
        unknown_class: int or `None`. Of the dataset. Defaults to `None`.

    Returns:
        `Preprocessing`.

    Raises:
        ValueError: If mode and sizes do not fit together.
    """
    part = experiment.data
    given, _ = split_arguments(part.arguments, make_preprocessing)
    known = get_dataset(part.name).variant(part.arguments)
    return make_preprocessing(
        known, training, unknown_class=unknown_class, **given
    )


def published_label_space(experiment: Experiment) -> LabelSpace:
    """Returns what networks must know of a dataset, without its files.

    Args:
        experiment: `Experiment` of a dataset whose classes are known.

    Returns:
        `LabelSpace`.

    Raises:
        ValueError: If the files of the dataset decide its classes.
    """
    given = experiment.data.arguments
    dataset = get_dataset(experiment.data.name).variant(given)
    if dataset.classes is None:
        raise ValueError(
            f"The files of dataset {dataset.name!r} decide its classes: open "
            "them with `open_dataset`."
        )
    edges = given.get("use_edge_map")
    return LabelSpace(
        len(dataset.classes.names),
        dataset.use_edge_map if edges is None else edges,
        preprocessing(experiment, training=True).image_size or ANY_SIZE,
        dataset.classes.unknown_id,
    )


def build_generator(experiment: Experiment, space: LabelSpace) -> Generator:
    """Makes the generator, not built.

    Args:
        experiment: `Experiment`.
        space: `LabelSpace`.

    Returns:
        `generators.Generator`.

    Raises:
        PartError: If an argument is wrong, or the generator cannot read the
            data.
    """
    choice = find_choice("generator", experiment.generator.name)
    parameters = arguments_of(choice.target)
    if space.use_edge_map and "use_edge_map" not in parameters:
        raise PartError(
            "data",
            f"The generator {choice.name!r} reads no instance edges: pass "
            "`use_edge_map=false`, or choose another `generator`.",
        )
    shared = {}
    if experiment.encoder is not None:
        encoder = find_choice("encoder", experiment.encoder.name)
        by_class = encoder.target.reads_label_map
        length = "noise_dim" if by_class else "style_dim"
        if length in parameters:
            shared[length] = experiment.encoder.arguments.get(
                "style_dim", encoder.arguments["style_dim"].default
            )
    return _construct("generator", experiment.generator, space, shared)


def build_discriminator(
    experiment: Experiment, space: LabelSpace
) -> Discriminator | None:
    """Makes the discriminator, not built.

    Args:
        experiment: `Experiment`.
        space: `LabelSpace`.

    Returns:
        `discriminators.Discriminator`, or `None` if the experiment has none.

    Raises:
        PartError: If an argument is wrong, or the network of pretrained
            features is not there.
    """
    part = experiment.discriminator
    if part is None:
        return None
    choice = find_choice("discriminator", part.name)
    if pretrained_features not in choice.declarations:
        return _construct("discriminator", part, space)
    given, others = split_arguments(part.arguments, pretrained_features)
    with about_part("discriminator"):
        network, record = pretrained_features(**given)
    shared = {"features_network": network}
    part = Part(part.name, others)
    discriminator = _construct("discriminator", part, space, shared)
    discriminator.weights_record = record
    return discriminator


def build_encoder(experiment: Experiment, space: LabelSpace) -> Encoder | None:
    """Makes the style encoder, not built.

    Args:
        experiment: `Experiment`.
        space: `LabelSpace`.

    Returns:
        `encoders.Encoder`, or `None` if the experiment has none.

    Raises:
        PartError: If an argument is wrong.
    """
    if experiment.encoder is None:
        return None
    return _construct("encoder", experiment.encoder, space)


def build_gan(
    experiment: Experiment,
    space: LabelSpace,
    perceptual: PerceptualLoss | None = None,
) -> SemanticGAN:
    """Makes networks and objective, neither built nor compiled.

    Args:
        experiment: `Experiment`.
        space: `LabelSpace`.
        perceptual: `losses.PerceptualLoss`, or `None` to train without it.
            Defaults to `None`.

    Returns:
        `gans.SemanticGAN`.

    Raises:
        PartError: If an argument is wrong, or parts do not fit together.
    """
    choice = find_choice("objective", experiment.objective.name)
    _, arguments = split_arguments(
        experiment.objective.arguments, PerceptualLoss
    )
    if "ignore_label" in arguments_of(choice.target):
        arguments = {"ignore_label": space.unknown_class, **arguments}
    with about_part("objective"):
        return choice.target(
            build_generator(experiment, space),
            build_discriminator(experiment, space),
            encoder=build_encoder(experiment, space),
            perceptual=perceptual,
            **arguments,
        )


def compile_gan(
    gan: SemanticGAN, experiment: Experiment, steps_per_epoch: int
) -> None:
    """Gives a GAN the optimizers of its experiment.

    Args:
        gan: `gans.SemanticGAN`.
        experiment: `Experiment`.
        steps_per_epoch: int. Training steps in an epoch.

    Raises:
        PartError: If an argument is wrong.
    """
    _, given = split_arguments(experiment.optimizers.arguments, AdamPair)
    pair = adam_pair(experiment, steps_per_epoch)
    with about_part("optimizers"):
        gan.compile(pair, **given)


def adam_pair(experiment: Experiment, steps_per_epoch: int) -> AdamPair:
    """Makes the rates, betas and decay of both players.

    Args:
        experiment: `Experiment`.
        steps_per_epoch: int. Training steps in an epoch.

    Returns:
        `gans.AdamPair`.

    Raises:
        PartError: If an argument is wrong.
    """
    given, others = split_arguments(experiment.optimizers.arguments, AdamPair)
    with about_part("optimizers"):
        # Said as early as what is wrong with the rates.
        others.pop("jit_compile", None)
        check_step(**others)
        return AdamPair(
            epochs=run_settings(experiment).epochs,
            steps_per_epoch=steps_per_epoch,
            **given,
        )


def run_settings(experiment: Experiment) -> RunSettings:
    """Returns how the run is trained, watched and saved.

    Args:
        experiment: `Experiment`.

    Returns:
        `RunSettings`.

    Raises:
        PartError: If a number is out of range.
    """
    with about_part("run"):
        return RunSettings(**experiment.run.arguments)


def split_arguments(
    given: Mapping[str, Any], declaration: Callable
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Splits arguments by whether a function or class declares them.

    Args:
        given: Mapping, name -> value.
        declaration: Function or class.

    Returns:
        Tuple of the arguments that it declares, and the others.
    """
    known = arguments_of(declaration)
    inside = {k: v for k, v in given.items() if k in known}
    return inside, {k: v for k, v in given.items() if k not in known}


def _construct(kind, part, space=None, shared=None):
    choice = find_choice(kind, part.name)
    given = dict(shared or {})
    if space is not None:
        known = arguments_of(choice.target)
        given |= {
            name: getattr(space, name)
            for name in ("num_classes", "use_edge_map", "image_size")
            if name in known
        }
    with about_part(kind):
        return choice.target(**{**given, **part.arguments})


@contextlib.contextmanager
def about_part(kind: str) -> Iterator[None]:
    """Says of an error which part of the experiment it is about.

    Args:
        kind: str. The part.

    Raises:
        PartError: In the place of any other `ValueError`.
    """
    try:
        yield
    except PartError:
        raise
    except ValueError as error:
        raise PartError(kind, str(error)) from error
