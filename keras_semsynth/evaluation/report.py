"""report.json and the Markdown table of an evaluation."""

import datetime

from keras_semsynth.presets import PRESETS
from keras_semsynth.training import atomic
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
    for name, preset in PRESETS.items():
        if preset["model"] != model or not preset.get("published"):
            continue
        if name.startswith(f"{model}_{dataset}_"):
            return preset["published"]
    return {}


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
        "| score | measured | published | better | images | note |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for score in scores:
        published = "–" if score.published is None else score.published
        unit = f" {score.unit}" if score.unit and score.shown != "–" else ""
        images = score.ruler.get("images", score.ruler.get("generated_images"))
        lines.append(
            f"| {score.name} | {score.shown}{unit} | {published} | "
            f"{score.better} | {'–' if images is None else images} | "
            f"{score.note} |"
        )
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
