"""report.json and the Markdown table of an evaluation."""

import datetime

from keras_semsynth.files import atomic
from keras_semsynth.presets import MODELS
from keras_semsynth.presets import PRESETS
from keras_semsynth.training.report import machine
from keras_semsynth.training.report import versions

# Name of a score -> key of a preset's published scores.
_PUBLISHED = {
    "fid": "FID",
    "miou": "mIoU",
    "lpips": "LPIPS",
    "inception_score": "IS",
    "object_miou": "object mIoU",
    "fid_crops_all": "FID crops all",
    "fid_crops_large": "FID crops large",
    "fid_crops_medium": "FID crops medium",
    "fid_crops_small": "FID crops small",
    "fid_float32_oasis": "FID",
}


def published_scores(model, dataset):
    """What the paper of a model prints for a dataset.

    Args:
        model: str or `None`, such as `"spade"`.
        dataset: str, such as `"ade20k"`.

    Returns:
        dict, key of the paper's column -> float; empty if there is none.
    """
    if model not in MODELS:
        return {}
    for name, preset in PRESETS.items():
        # A preset's name ends in its size.
        if name.rpartition("_")[0] == f"{model}_{dataset}":
            return preset["published"]
    return getattr(MODELS[model], "PUBLISHED", {}).get(dataset, {})


def add_published(scores, published, accuracy):
    """Puts the paper's number beside each measured one.

    Args:
        scores: List of `Score`, changed in place.
        published: dict of `published_scores`.
        accuracy: `"valid"` or `"all"`, what the paper calls accuracy.
    """
    for score in scores:
        key = _PUBLISHED.get(score.name)
        if score.name == f"pixel_accuracy_{accuracy}":
            key = "accuracy"
        # With the float32 routine, that row is what the paper measured.
        if score.name == "fid" and any(
            s.name == "fid_float32_oasis" for s in scores
        ):
            key = None
        score.published = published.get(key)


def write(folder, scores, context):
    """Writes `report.json` and `report.md`.

    Args:
        folder: `pathlib.Path`.
        scores: List of `Score`.
        context: dict: what was scored against what, by which protocol.

    Returns:
        dict, the report.
    """
    now = datetime.datetime.now().astimezone().isoformat(timespec="seconds")
    report = {
        "written": now,
        **context,
        "scores": [score.as_dict() for score in scores],
        "machine": machine(),
        "versions": versions(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    atomic.write_json(folder / "report.json", report)
    atomic.write_text(folder / "report.md", as_markdown(scores, context))
    return report


def as_markdown(scores, context):
    """The table of an evaluation, with its ruler below.

    Args:
        scores: List of `Score`.
        context: dict, as for `write`.

    Returns:
        str.
    """
    lines = [
        f"# Scores of {context['scored']}",
        "",
        f"{context['targets']['images']} images of "
        f"{context['targets']['dataset']}"
        f"{_split(context['targets'])}, protocol "
        f"`{context['protocol']['name']}`, {context['image_size']}.",
        "",
        *table_lines(scores),
    ]
    lines += _per_class(scores)
    lines += ["", "## Ruler", "", "| choice | value | known |"]
    lines.append("| --- | --- | --- |")
    protocol = context["protocol"]
    for name, value in protocol.items():
        if name not in ("name", "grades"):
            grade = protocol["grades"].get(name, "–")
            lines.append(f"| {name} | {value} | {grade} |")
    lines += [
        "",
        "Grades of what is known of the papers' rulers: A released code, B "
        "stated by the authors, C inferred, D our choice.",
        "",
    ]
    for name, record in _weights(scores).items():
        lines.append(f"- {name}: {record}")
    return "\n".join(lines).rstrip() + "\n"


REFERENCES = {
    "real": ("real images", "the real images through the same network"),
    "shuffled": (
        "shuffled",
        "the generated images against layouts of other samples",
    ),
}


def table(scores):
    """Arranges scores in rows: those of references beside their own.

    Args:
        scores: List of `Score`.

    Returns:
        Tuple of the headings and a list of rows, all of str.
    """
    by_name = {score.name: score for score in scores}
    shown = [
        reference
        for reference in REFERENCES
        if any(name.startswith(f"{reference}/") for name in by_name)
    ]
    headings = ["score", "measured", *(REFERENCES[r][0] for r in shown)]
    headings += ["published", "better", "images", "note"]
    rows = []
    for score in scores:
        if "/" in score.name:
            continue
        unit = f" ({score.unit})" if score.unit else ""
        row = [f"{score.name}{unit}", score.shown]
        for reference in shown:
            other = by_name.get(f"{reference}/{score.name}")
            row.append("–" if other is None else other.shown)
        images = score.ruler.get("images", score.ruler.get("generated_images"))
        row.append("–" if score.published is None else str(score.published))
        row.append(score.better)
        row.append("–" if images is None else str(images))
        rows.append([*row, score.note])
    return headings, rows


def table_lines(scores):
    """`table` as lines of Markdown, and what its references are."""
    headings, rows = table(scores)
    lines = [f"| {' | '.join(row)} |" for row in (headings, *rows)]
    lines.insert(1, "| --- " * len(headings) + "|")
    told = [
        f"*{heading}*: {text}"
        for heading, text in REFERENCES.values()
        if heading in headings
    ]
    if told:
        lines += ["", "; ".join(told) + "."]
    return lines


def _split(targets):
    return f" ({targets['split']})" if targets.get("split") else ""


def _per_class(scores):
    by_name = {score.name: score for score in scores}
    if "miou" not in by_name:
        return []
    columns = [
        name
        for name in ("miou", "real/miou", "shuffled/miou")
        if name in by_name
    ]
    lines = ["", "## IoU of each class, %", ""]
    lines.append("| class | " + " | ".join(columns) + " |")
    lines.append("| --- |" + " --- |" * len(columns))
    for name in by_name["miou"].details["iou"]:
        values = [by_name[c].details["iou"][name] for c in columns]
        shown = ["–" if v is None else f"{100 * v:.1f}" for v in values]
        lines.append(f"| {name} | " + " | ".join(shown) + " |")
    return lines


def _weights(scores):
    found = {}
    for score in scores:
        weights = score.ruler.get("weights")
        if weights is not None:
            network = score.ruler.get("network", score.name)
            found[f"{network}, weights"] = ", ".join(
                f"{k} {v}" for k, v in weights.items()
            )
    return found
