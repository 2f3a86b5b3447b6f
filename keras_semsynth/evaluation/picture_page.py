"""A page of the worst and best samples of each class, in one HTML file."""

import io
import pathlib
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np
from PIL import Image

from keras_semsynth.evaluation.passes import quantize
from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.report import Report
from keras_semsynth.evaluation.report import table
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.segmentation import SegmentationRuler
from keras_semsynth.evaluation.sources import Source
from keras_semsynth.files import html
from keras_semsynth.files.images import encode_png
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import write_png

THUMBNAIL = 192
# Classes on the page; more would make files of tens of megabytes.
MOST_CLASSES = 60
GRID_ROWS = 8
# Samples and their IoU.
Ends = list[tuple[int, float]]

_TEMPLATE = pathlib.Path(__file__).parent / "templates/picture_page.html"


def choose(
    per_image: Sequence[tuple[int, np.ndarray]], num_classes: int, count: int
) -> dict[int, tuple[Ends, Ends]]:
    """Chooses samples to look at.

    Args:
        per_image: List of `(index, IoU of each class or NaN)`.
        num_classes: int.
        count: int. Samples at each end.

    Returns:
        dict, class id -> `(worst, best)`, each a list of `(index, IoU)`;
        classes shown most often first, at most `MOST_CLASSES`.
    """
    indices = np.array([index for index, _ in per_image])
    values = np.stack([iou for _, iou in per_image])
    often = np.isfinite(values).sum(axis=0)
    order = [c for c in np.argsort(-often, kind="stable") if often[c]]
    chosen = {}
    for c in order[:MOST_CLASSES]:
        shown = np.flatnonzero(np.isfinite(values[:, c]))
        ranked = shown[np.argsort(values[shown, c], kind="stable")]
        worst = ranked[:count]
        # A sample stands at one end only.
        best = ranked[max(len(worst), len(ranked) - count) :][::-1]
        chosen[int(c)] = tuple(
            [(int(indices[i]), float(values[i, c])) for i in end]
            for end in (worst, best)
        )
    return chosen


class Pictures:
    """Makes the pictures of single samples again, when a page needs them.

    Args:
        source: Source of the images.
        targets: Targets.
        protocol: `Protocol`.
        seed: int. Noise seed of the pass that was scored.
        ruler: `SegmentationRuler` or `None`.
    """

    def __init__(
        self,
        source: Source,
        targets: Targets,
        protocol: Protocol,
        seed: int,
        ruler: SegmentationRuler | None = None,
    ):
        self.source = source
        self.targets = targets
        self.protocol = protocol
        self.seed = seed
        self.ruler = ruler
        self._made = {}

    def of(self, index: int) -> tuple[str, dict[str, np.ndarray]]:
        """Returns the name of a sample and a dict of its pictures."""
        if index not in self._made:
            self._made[index] = self._make(index)
        return self._made[index]

    def _make(self, index):
        target = self.targets.read(index)
        image = self.source.images([target], [index], self.seed)
        image = quantize(image, self.protocol.quantization, [target])[1]
        pictures = {}
        if target.label_map is not None:
            pictures["layout"] = self.targets.classes.colors(target.label_map)
        if target.source is not None:
            pictures |= {"source": target.source, "reference": target.image}
        pictures["generated"] = image[0]
        if self.ruler is not None and target.label_map is not None:
            found = self.ruler.segment(image)[0]
            truth = self.ruler.to_truth(target.label_map)
            known = (truth >= 0) & (truth < self.ruler.scorer.num_classes)
            right = (found == truth) | ~known
            pictures["wrong pixels"] = np.where(
                right[..., None], image[0] // 3 + 170, [[[200, 0, 0]]]
            ).astype("uint8")
        if target.image is not None and target.source is None:
            pictures["real"] = target.image
        return target.name, pictures


def save_grid(path: pathlib.Path, pictures: Pictures, count: int) -> None:
    """Writes one PNG of samples from all over the set.

    Args:
        path: `pathlib.Path`.
        pictures: `Pictures`.
        count: int. Samples in the set.
    """
    rows = min(GRID_ROWS, count)
    shown = [pictures.of(int(i * count / rows))[1] for i in range(rows)]
    size = shown[0]["generated"].shape
    shown = [s for s in shown if s["generated"].shape == size]
    columns = [np.stack([s[name] for s in shown]) for name in shown[0]]
    write_png(path, draw_grid(columns, list(shown[0])))


def write_page(
    path: pathlib.Path,
    report: Report,
    pictures: Pictures,
    chosen: Mapping[int, tuple[Ends, Ends]],
    class_names: Sequence[str],
    palette: np.ndarray | None,
    crops: Mapping[str, np.ndarray],
) -> None:
    """Writes the page: nothing in it is fetched from anywhere.

    Args:
        path: `pathlib.Path` of the HTML file.
        report: `Report`. Its scores and what is published of it.
        pictures: `Pictures`.
        chosen: dict of `choose`, or an empty one.
        class_names: Sequence of str.
        palette: uint8 array `(classes, 3)` or `None`.
        crops: Mapping, size of objects -> uint8 picture of their crops.
    """
    headings, rows = table(list(report.scores.values()))
    samples = []
    if not chosen:
        count = len(pictures.targets)
        shown = sorted({i * count // GRID_ROWS for i in range(GRID_ROWS)})
        samples = [_sample(pictures, index, None) for index in shown]
    sections = [
        {
            "name": class_names[c],
            "color": None if palette is None else palette[c].tolist(),
            "ends": [
                (heading, [_sample(pictures, *one) for one in end])
                for heading, end in (("Worst", worst), ("Best", best))
            ],
        }
        for c, (worst, best) in chosen.items()
    ]
    html.write_page(
        path,
        _TEMPLATE,
        title=f"Scores of {report.context['scored']}",
        headings=headings,
        rows=rows,
        remarks=report.remarks(),
        tables=report.published_tables() if report.whole_tables else [],
        crops={
            size: html.image_url(encode_png(picture))
            for size, picture in crops.items()
        },
        samples=samples,
        sections=sections,
    )


def _sample(pictures, index, iou):
    name, shown = pictures.of(index)
    measured = "" if iou is None else f", IoU {100 * iou:.0f} %"
    return {
        "caption": f"{name}{measured}: {', '.join(shown)}",
        "pictures": {
            kind: _data_url(picture, kind == "layout")
            for kind, picture in shown.items()
        },
    }


def _data_url(picture, flat):
    image = Image.fromarray(picture)
    image.thumbnail(
        (2 * THUMBNAIL, THUMBNAIL),
        Image.Resampling.NEAREST if flat else Image.Resampling.LANCZOS,
    )
    # Flat colours stay flat in PNG; photographs are ten times smaller as JPEG.
    kind = "PNG" if flat or max(image.size) <= 128 else "JPEG"
    data = io.BytesIO()
    image.save(data, format=kind, quality=88)
    return html.image_url(data.getvalue(), kind.lower())
