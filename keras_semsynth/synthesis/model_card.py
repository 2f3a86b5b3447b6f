"""The card of a trained model: what it is, what made it, how it scored."""

import datetime
import os
from collections.abc import Mapping
from typing import Any

from keras_semsynth.data.datasets import DATASETS
from keras_semsynth.files.json_file import read_json
from keras_semsynth.files.json_form import NUMBER
from keras_semsynth.files.json_form import TEXT
from keras_semsynth.files.json_form import fields
from keras_semsynth.files.json_form import optional
from keras_semsynth.files.json_form import whole
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.generators.generator import Generator

# What decides on the networks and how they learn, and not on folders.
_TOLD = ("generator", "discriminator", "encoder", "objective", "optimizers")
_METADATA = (
    "library_name: keras",
    "pipeline_tag: image-to-image",
    "tags:",
    "- keras_semsynth",
    "- semantic-image-synthesis",
)
_TITLE = "# Model card: "
_LICENCE = "- **Licence**: "
_WEIGHTS = optional(fields({"file": TEXT}))
# What is read of the `report.json` of a run.
_REPORT = fields(
    {
        "steps": whole(),
        "images_seen": whole(),
        "epochs": NUMBER,
        "epochs_planned": whole(),
        "seconds": NUMBER,
        "devices": TEXT,
        "perceptual": _WEIGHTS,
        "discriminator_features": _WEIGHTS,
    }
)


def make_card(
    name: str,
    generator: Generator,
    dataset: Mapping[str, Any],
    run: RunDirectory | None = None,
    has_encoder: bool = False,
    licence: str | None = None,
) -> str:
    """Writes a model card from what a run knows.

    Args:
        name: str. Title of the model.
        generator: A generator of this package.
        dataset: Mapping, content of its `dataset.json`.
        run: `RunDirectory` it is from. Defaults to `None`: nothing is known of
            its training.
        has_encoder: bool. Whether a style encoder goes with it. Defaults to
            `False`.
        licence: str or `None`. Identifier of the licence that it is published
            under, such as `"cc-by-nc-4.0"`. Defaults to `None`, not said.

    Returns:
        str, Markdown that begins with the metadata that Hugging Face reads.
    """
    lines = [
        f"{_TITLE}{name}",
        "",
        f"- **What it is**: {_description(generator, dataset, has_encoder)}",
        f"- **Data**: {_data(dataset)}",
        f"- **Training**: {_training(run)}",
        f"- **Limits**: {_limits(generator, dataset)}",
        f"{_LICENCE}not stated.",
        "",
        "## Use",
        "",
        "```python",
        "import keras_semsynth",
        "",
        f'synthesizer = keras_semsynth.Synthesizer.from_preset("{name}")',
        _call(dataset),
        "```",
        "",
        "## Scores",
        "",
        *_scores(run),
    ]
    card = "\n".join(lines).rstrip() + "\n"
    return changed_card(card, name, licence)


def changed_card(card: str, name: str, licence: str | None = None) -> str:
    """Returns a card under another name, with another licence.

    Args:
        card: str, of `make_card` or written by hand.
        name: str. Title of the model.
        licence: str or `None`. Identifier of the licence. Defaults to `None`,
            what the card says.

    Returns:
        str.
    """
    metadata, body = list(_METADATA), card.splitlines()
    if body[:1] == ["---"] and "---" in body[1:]:
        end = body.index("---", 1)
        metadata, body = body[1:end], body[end + 1 :]
    changed = []
    old = None
    for line in body:
        if line.startswith(_TITLE) and old is None:
            old, line = line.removeprefix(_TITLE), f"{_TITLE}{name}"
        elif line.startswith(_LICENCE) and licence is not None:
            line = f"{_LICENCE}{licence}."
        elif old is not None:
            line = line.replace(
                f'from_preset("{old}")', f'from_preset("{name}")'
            )
        changed.append(line)
    if licence is not None:
        metadata = [x for x in metadata if not x.startswith("license:")]
        metadata.append(f"license: {licence.lower()}")
    while changed[:1] == [""]:
        del changed[0]
    return "\n".join(["---", *metadata, "---", "", *changed]) + "\n"


def _description(generator, dataset, has_encoder):
    height, width = generator.image_size
    takes = f"layouts of {generator.num_classes} classes (see `dataset.json`)"
    if dataset.get("paired") is False:
        takes = "a photograph, and another whose style it is given"
    encoder = " with its style encoder" if has_encoder else ""
    return (
        f"`{type(generator).__name__}` of keras_semsynth{encoder}, "
        f"{generator.count_params():,} numbers. It takes {takes} and makes RGB "
        f"pictures of {height}x{width}."
    )


def _data(dataset):
    name = dataset.get("name")
    if name is None:
        return "not recorded."
    count = dataset.get("train_images")
    told = f"{name}, {count:,} training images." if count else f"{name}."
    if name not in DATASETS:
        return told
    # Landscapes are ours: nobody else's terms apply.
    terms = "" if name == "landscapes" else " Its own terms apply."
    return f"{told} {DATASETS[name].source}{terms}"


def _training(run):
    if run is None or not run.experiment_path.is_file():
        return "not recorded."
    experiment = run.read_experiment()
    told = []
    if experiment["preset"]:
        told.append(f"Preset `{experiment['preset']}`.")
    changed = [
        f"`{part}.{argument}={_without_folder(value)}`"
        for part in _TOLD
        if experiment[part]
        for argument, value in experiment[part]["arguments"].items()
    ]
    if changed:
        told.append(f"Settings other than the defaults: {', '.join(changed)}.")
    if run.report_path.is_file():
        told += _account(read_json(run.report_path, _REPORT))
    return " ".join(told)


def _without_folder(value):
    """Leaves of a path, such as that of weights, the name of the file."""
    return os.path.basename(value) if isinstance(value, str) else value


def _account(report):
    took = datetime.timedelta(seconds=round(report["seconds"]))
    yield (
        f"{report['steps']:,} steps, {report['images_seen']:,} images, "
        f"{report['epochs']:.4g} of {report['epochs_planned']} epochs, in "
        f"{took} on {report['devices']}."
    )
    for part in ("perceptual", "discriminator_features"):
        if report[part]:
            yield f"Others trained the features of {report[part]['file']}."


def _limits(generator, dataset):
    if dataset.get("paired") is False:
        return "what it makes of photographs unlike those of its data is open."
    sizes = "Layouts of other sizes are resized and the pictures brought back."
    if not generator.fixed_size:
        multiple = generator.size_multiple
        sizes = (
            f"It paints any size that is a multiple of {multiple}; what it "
            "learned are pictures of the size above."
        )
    return (
        f"{sizes} What it makes of layouts unlike those of its data is open. "
        "Its pictures show nothing that has been photographed."
    )


def _call(dataset):
    if dataset.get("paired") is False:
        return 'picture = synthesizer.translate("photo.jpg", "style.jpg")'
    return '(picture,) = synthesizer.synthesize("layout.png", seed=7)'


def _scores(run):
    files = []
    if run is not None:
        files = sorted(run.path.glob("evaluation/*/report.md"))
    if not files:
        return ["None were measured: `semsynth evaluate` measures them."]
    lines = []
    for file in files:
        # Its first line names the folder on the machine that measured.
        text = file.read_text(encoding="utf-8").splitlines()[1:]
        lines += [f"#{line}" if line.startswith("#") else line for line in text]
    return lines
