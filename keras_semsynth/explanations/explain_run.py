"""From a run directory to its page."""

import keras

import keras_semsynth
from keras_semsynth.explanations import sections as parts
from keras_semsynth.explanations.page import Section
from keras_semsynth.explanations.page import write_page
from keras_semsynth.explanations.trained_run import open_run
from keras_semsynth.explanations.visualizers import require_visualizers
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.scorers import pretrained_scorer

NO_DISCRIMINATOR = (
    'Where the discriminator sees "fake" is left out: the run has no whole '
    "checkpoint, and generator.keras does not hold the discriminator."
)
NO_CLASSES = (
    "What each class looks like is left out: the discriminator names no "
    "classes, and there is no scorer of this dataset. Train one with python "
    "-m keras_semsynth.commands.train_scorer and give it with --scorer=FILE."
)


def explain_run(options):
    """Writes the page about a run.

    Args:
        options: Parsed flags of `keras_semsynth.commands.explain`.

    Returns:
        Path of the page.

    Raises:
        ImportError: If tf-keras-vis is missing.
        ValueError: If the backend is not TensorFlow, or the run or the scorer
            cannot be used.
    """
    require_visualizers()
    run = open_run(options.run, options.count)
    scorer = _scorer(options.scorer, run)
    keras.utils.set_random_seed(options.seed)
    samples = parts.Samples(run, options.seed)
    left_out = list(parts.LEFT_OUT)
    sections = []
    if run.discriminator is None:
        left_out.insert(0, NO_DISCRIMINATOR)
    else:
        sections.append(parts.fake_section(samples, options.smooth_samples))
    classes = parts.classes_section(run, scorer, options.steps, options.seed)
    if classes is None:
        left_out.insert(0, NO_CLASSES)
    else:
        sections.append(classes)
    sections.append(parts.labels_section(samples))
    if isinstance(samples.generator, SCGANGenerator):
        sections.append(parts.vectors_section(samples))
    sections.append(Section("What is left out", left_out))
    return write_page(
        options.output,
        f"What {run.path.name} looks at",
        _facts(run, scorer, options),
        sections,
    )


def _scorer(choice, run):
    if choice == "none":
        return None
    if choice == "auto":
        if run.dataset.get("name") != "landscapes":
            return None
        return pretrained_scorer("landscapes")
    try:
        scorer = keras.models.load_model(choice, compile=False)
    except (ValueError, OSError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"--scorer={choice} cannot be read ({reason}): give a .keras file "
            "that semsynth train_scorer has written, or "
            "'none'."
        ) from error
    if not isinstance(scorer, UNetSegmenter):
        raise ValueError(
            f"--scorer={choice} holds a {type(scorer).__name__}, not a "
            "UNetSegmenter of semsynth train_scorer."
        )
    return scorer


def _facts(run, scorer, options):
    facts = {
        "run": run.path,
        "generator": type(run.synthesizer.generator).__name__,
        "discriminator": type(run.discriminator).__name__,
        "checkpoint": f"step {run.step}",
        "dataset": run.dataset.get("name", "unknown"),
        "seed": options.seed,
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
