"""What the networks of a run look at, on a page."""

import dataclasses
import os
import pathlib

import keras

import keras_semsynth
from keras_semsynth.explanations import sections as parts
from keras_semsynth.explanations.page import PAGE_NAME
from keras_semsynth.explanations.page import Section
from keras_semsynth.explanations.page import write_page
from keras_semsynth.explanations.trained_run import open_run
from keras_semsynth.explanations.visualizers import require_visualizers
from keras_semsynth.scorers import PRETRAINED_SCORERS
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers import pretrained_scorer

NO_DISCRIMINATOR = (
    'Where the discriminator sees "fake" is left out: the run has no whole '
    "checkpoint, and generator.keras does not hold the discriminator."
)
NO_CLASSES = (
    "What each class looks like is left out: the discriminator names no "
    "classes, and there is no scorer of this dataset. Train one with semsynth "
    "train_scorer and give it as the scorer."
)


@dataclasses.dataclass(frozen=True)
class Explanation:
    """The page about a run, and what is on it.

    Attributes:
        page: Path of the page, which holds its pictures itself.
        sections: Tuple of `Section`: where the discriminator sees "fake", what
            each class looks like, which labels a pixel depends on, for SC-GAN
            how alike the semantic vectors are. Their figures hold the pictures
            as arrays.
        left_out: Tuple of str. What is not shown, and why.
    """

    page: pathlib.Path
    sections: tuple[Section, ...]
    left_out: tuple[str, ...]

    @property
    def pictures(self) -> dict[str, pathlib.Path]:
        """Maps the name of every figure to its PNG file beside the page."""
        return {
            figure.name: self.page.with_name(f"{figure.name}.png")
            for section in self.sections
            for _, figures in section.rows
            for figure in figures
        }


def explain(
    run: str | os.PathLike,
    output: str | os.PathLike,
    *,
    count: int = 4,
    seed: int = 0,
    steps: int = 128,
    smooth_samples: int = 16,
    scorer: str | os.PathLike | None = "auto",
    overwrite: bool = False,
) -> Explanation:
    """Writes a page of what the networks of a trained run look at.

    Where the discriminator sees "fake", what each class looks like to a
    network that names classes, which labels a generated pixel depends on, and
    for SC-GAN how alike the semantic vectors of the classes are. Needs the
    extra `vis` (tf-keras-vis) and the TensorFlow backend; the run may come
    from any backend.

    Args:
        run: str. Run directory of training.
        output: str. Folder for the page, index.html, and its pictures.
        count: int. Held-out layouts to look at. Defaults to `4`.
        seed: int. Seed of noise and styles. Defaults to `0`.
        steps: int. Steps of activation maximization. Defaults to `128`.
        smooth_samples: int. Noisy copies that SmoothGrad averages over.
            Defaults to `16`.
        scorer: str or `None`. Segmentation network whose classes are shown: a
            .keras file of train_scorer, `auto`, the one that comes with the
            package for landscapes, or none. Defaults to `"auto"`.
        overwrite: bool. Whether to replace a page that exists already.
            Defaults to `False`.

    Returns:
        `Explanation`.

    Raises:
        ImportError: If tf-keras-vis is missing.
        ValueError: If the backend is not TensorFlow, or the run or the scorer
            cannot be used.

    Example:

    >>> explanation = keras_semsynth.explanations.explain("runs/mine", "page")
    >>> explanation.pictures["labels_0_generated"]
    PosixPath('page/labels_0_generated.png')
    """
    for name, value, least in (
        ("count", count, 1),
        ("seed", seed, 0),
        ("steps", steps, 1),
        ("smooth_samples", smooth_samples, 1),
    ):
        if value < least:
            raise ValueError(
                f"`{name}` must be at least {least}. Received: "
                f"`{name}={value}`."
            )
    page = pathlib.Path(output) / PAGE_NAME
    if page.exists() and not overwrite:
        raise ValueError(
            f"{page} exists already: choose another `output`, or pass "
            "`overwrite`."
        )
    require_visualizers()
    trained = open_run(run, count)
    segmenter = _scorer(scorer, trained)
    keras.utils.set_random_seed(seed)
    samples = parts.Samples(trained, seed)
    left_out = list(parts.LEFT_OUT)
    sections = []
    if trained.discriminator is None:
        left_out.insert(0, NO_DISCRIMINATOR)
    else:
        sections.append(parts.fake_section(samples, smooth_samples))
    classes = parts.classes_section(trained, segmenter, steps, seed)
    if classes is None:
        left_out.insert(0, NO_CLASSES)
    else:
        sections.append(classes)
    sections.append(parts.labels_section(samples))
    if samples.generator.has_semantic_image:
        sections.append(parts.vectors_section(samples))
    page = write_page(
        output,
        f"What {trained.path.name} looks at",
        _facts(trained, segmenter, seed),
        [*sections, Section("What is left out", left_out)],
    )
    return Explanation(page, tuple(sections), tuple(left_out))


def _scorer(choice, run):
    if choice is None:
        return None
    if choice == "auto":
        name = run.experiment.data.name
        return pretrained_scorer(name) if name in PRETRAINED_SCORERS else None
    try:
        scorer = keras.models.load_model(choice, compile=False)
    except (ValueError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"`scorer={choice}` cannot be read ({reason}): give a .keras file "
            "that semsynth train_scorer has written, or none."
        ) from error
    if not isinstance(scorer, UNetSegmenter):
        raise ValueError(
            f"`scorer={choice}` holds a {type(scorer).__name__}, not a "
            "UNetSegmenter of semsynth train_scorer."
        )
    return scorer


def _facts(run, scorer, seed):
    facts = {
        "run": run.path,
        "generator": type(run.synthesizer.generator).__name__,
        "discriminator": type(run.discriminator).__name__,
        "checkpoint": f"step {run.step}",
        "dataset": run.dataset.get("name", "unknown"),
        "seed": seed,
        "keras_semsynth": keras_semsynth.__version__,
        "Keras": f"{keras.__version__} on {keras.backend.backend()}",
        "tf-keras-vis": _version("tf-keras-vis"),
    }
    if run.discriminator is None:
        facts["discriminator"] = facts["checkpoint"] = "none"
    if scorer is not None:
        facts["scorer"] = f"{type(scorer).__name__}, {scorer.dataset}"
    return facts


def _version(package):
    from importlib import metadata

    return metadata.version(package)
