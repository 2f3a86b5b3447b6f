"""What the networks of a run look at, on a page."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence
from importlib import metadata

import keras

import keras_semsynth
from keras_semsynth.data import get_dataset
from keras_semsynth.explanations import sections as parts
from keras_semsynth.explanations.page import PAGE_NAME
from keras_semsynth.explanations.page import Section
from keras_semsynth.explanations.page import write_page
from keras_semsynth.explanations.samples import Samples
from keras_semsynth.explanations.trained_run import open_run
from keras_semsynth.explanations.vector_map import require_vector_map
from keras_semsynth.explanations.vector_sections import map_section
from keras_semsynth.explanations.vector_sections import vectors_section
from keras_semsynth.explanations.visualizers import require_visualizers
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.files.outputs import require_folder
from keras_semsynth.layers.arguments import check_seed
from keras_semsynth.scorers import PRETRAINED_SCORERS
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers import pretrained_scorer

# In the order of the page.
SECTIONS = ("fake", "classes", "labels", "vectors", "tsne")
# The others read what the generator says itself, and nothing is differentiated.
_DIFFERENTIATED = {"fake", "classes", "labels"}
_JUDGED = {"fake", "classes"}
# Why a section cannot be shown.
_MISSING = {
    "fake": (
        "the run has no whole checkpoint, or was trained without a "
        "discriminator; generator.keras does not hold one."
    ),
    "classes": (
        "the discriminator names no classes, and there is no scorer of this "
        "dataset. Train one with semsynth train_scorer and give it as the "
        "scorer."
    ),
    "vectors": "only SC-GAN has semantic vectors.",
    "tsne": "only SC-GAN has semantic vectors.",
}
_TITLES = {"fake": parts.FAKE, "classes": parts.CLASSES}


@dataclasses.dataclass(frozen=True)
class Explanation:
    """The page about a run, and what is on it.

    Attributes:
        page: Path of the page, which holds its pictures itself.
        sections: Tuple of `Section`, those of `explain`. Their figures hold
            the pictures as arrays.
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
    sections: Sequence[str] | None = None,
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
    for SC-GAN how alike the semantic vectors of the classes are and where they
    lie. Needs the extra `vis` (tf-keras-vis, scikit-learn); the first three
    also the TensorFlow backend. The run may come from any backend.

    Args:
        run: str. Run directory of training.
        output: str. Folder for the page, index.html, and its pictures.
        sections: Sequence of str or `None`. Sections of the page: some of
            fake (where the discriminator sees it), classes (what each looks
            like), labels (which ones a pixel depends on), vectors (how alike
            those of SC-GAN are) and tsne (a map of these). Only what they need
            is computed. Unset: all that the run has. Defaults to `None`.
        count: int. Held-out layouts to look at. SC-GAN's paper takes its
            semantic vectors from 100. Defaults to `4`.
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
        ImportError: If tf-keras-vis or scikit-learn is needed and missing.
        ValueError: If the backend is not TensorFlow, or the run or the scorer
            cannot be used, or the run has no such section.

    Example:

    >>> explanation = keras_semsynth.explanations.explain("runs/mine", "page")
    >>> explanation.pictures["labels_0_generated"]
    PosixPath('page/labels_0_generated.png')
    """
    for name, value, least in (
        ("count", count, 1),
        ("steps", steps, 1),
        ("smooth_samples", smooth_samples, 1),
    ):
        if value < least:
            raise ValueError(
                f"`{name}` must be at least {least}. Received: "
                f"`{name}={value}`."
            )
    check_seed(seed=seed)
    require_folder(output)
    page = pathlib.Path(output) / PAGE_NAME
    if page.exists() and not overwrite:
        raise ValueError(
            f"{page} exists already: choose another `output`, or pass "
            "`overwrite`."
        )
    chosen = _checked_sections(sections)
    if _DIFFERENTIATED & set(chosen):
        require_visualizers()
    trained = open_run(run, count, bool(_JUDGED & set(chosen)))
    segmenter = _scorer(scorer, trained) if "classes" in chosen else None
    keras.utils.set_random_seed(seed)
    samples = Samples(trained, seed)
    if "tsne" in chosen and samples.generator.has_semantic_image:
        require_vector_map()
    make = {
        "fake": lambda: parts.fake_section(samples, smooth_samples),
        "classes": lambda: parts.classes_section(
            trained, segmenter, steps, seed
        ),
        "labels": lambda: parts.labels_section(samples),
        "vectors": lambda: vectors_section(samples),
        "tsne": lambda: map_section(samples, seed),
    }
    missing = _missing(samples, segmenter)
    if sections is not None:
        for name in chosen:
            if name in missing:
                raise ValueError(
                    f"`sections={name}` cannot be shown: {_MISSING[name]}"
                )
    left_out = [
        f"{_TITLES[name]} is left out: {_MISSING[name]}"
        for name in chosen
        if name in missing and name in _TITLES
    ]
    shown = [name for name in chosen if name not in missing]
    for name in shown:
        left_out += parts.LEFT_OUT.get(name, ())
    made = [make[name]() for name in shown]
    told = [Section("What is left out", left_out)] if left_out else []
    page = write_page(
        output,
        f"What {trained.path.name} looks at",
        _facts(trained, segmenter, seed, shown),
        [*made, *told],
    )
    return Explanation(page, tuple(made), tuple(left_out))


def _checked_sections(sections):
    if sections is None:
        return SECTIONS
    unknown = [name for name in sections if name not in SECTIONS]
    if unknown or not sections:
        raise ValueError(
            f"`sections` must name some of {', '.join(SECTIONS)}. Received: "
            f"`sections={','.join(sections)}`."
        )
    return tuple(name for name in SECTIONS if name in sections)


def _missing(samples, segmenter):
    """Names the sections that the run cannot have."""
    missing = set()
    discriminator = samples.run.discriminator
    if discriminator is None:
        missing.add("fake")
    if segmenter is None and not parts.names_classes(discriminator):
        missing.add("classes")
    if not samples.generator.has_semantic_image:
        missing |= {"vectors", "tsne"}
    return missing


def _scorer(choice, run):
    if choice is None:
        return None
    if choice == "auto":
        data = run.experiment.data
        name = get_dataset(data.name).variant(data.arguments).name
        return pretrained_scorer(name) if name in PRETRAINED_SCORERS else None
    return load_network(
        choice,
        UNetSegmenter,
        "give a .keras file that semsynth train_scorer has written, or none",
        f"`scorer={choice}`",
    )


def _facts(run, scorer, seed, sections):
    facts = {
        "run": run.path,
        "generator": type(run.synthesizer.generator).__name__,
    }
    if run.discriminator is not None:
        facts["discriminator"] = type(run.discriminator).__name__
        facts["checkpoint"] = f"step {run.step}"
    facts |= {
        "dataset": run.dataset.get("name", "unknown"),
        "seed": seed,
        "keras_semsynth": keras_semsynth.__version__,
        "Keras": f"{keras.__version__} on {keras.backend.backend()}",
    }
    if _DIFFERENTIATED & set(sections):
        facts["tf-keras-vis"] = metadata.version("tf-keras-vis")
    if "tsne" in sections:
        facts["scikit-learn"] = metadata.version("scikit-learn")
    if scorer is not None:
        facts["scorer"] = f"{type(scorer).__name__}, {scorer.dataset}"
    return facts
