"""One evaluation: passes over the images, scores, pictures and report."""

import dataclasses
import os
import pathlib
import time
from collections.abc import Sequence

import keras

from keras_semsynth import backend
from keras_semsynth.evaluation import picture_page
from keras_semsynth.evaluation import report as reports
from keras_semsynth.evaluation.feature_judge import FeatureJudge
from keras_semsynth.evaluation.features import real_statistics
from keras_semsynth.evaluation.networks import Networks
from keras_semsynth.evaluation.passes import Judges
from keras_semsynth.evaluation.passes import real_batches
from keras_semsynth.evaluation.passes import run_pass
from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.published import Published
from keras_semsynth.evaluation.published import with_published
from keras_semsynth.evaluation.report import Report
from keras_semsynth.evaluation.rulers import file_hash
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.score import Score
from keras_semsynth.evaluation.segmentation import SegmentationJudge
from keras_semsynth.evaluation.sources import Source
from keras_semsynth.files import atomic
from keras_semsynth.files.pictures import write_png
from keras_semsynth.metrics import seed_spread


@dataclasses.dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What is scored against what, how, and where the report goes.

    Args:
        source: Where the images come from.
        targets: Real images and layouts.
        networks: `Networks`.
        protocol: `Protocol`.
        folder: Path. Folder of the report.
        path: Path of the run or of the folder of images.
        published: `Published` or `None`. What the papers print of it.
        whole_tables: bool. Whether the report shows whole tables of papers.
        statistics_dir: Path or `None`. Where statistics of real images are
            kept.
        batch_size: int.
        noise_seeds: int. Passes over the dataset.
        resolutions: Sequence of float. Further sizes, as factors.
        references: Sequence of str. See `SegmentationJudge`.
        page_samples: int. Worst and best samples of each class on the page.
    """

    source: Source
    targets: Targets
    networks: Networks
    protocol: Protocol
    folder: pathlib.Path
    path: str | os.PathLike
    published: Published | None
    whole_tables: bool
    statistics_dir: pathlib.Path | None
    batch_size: int
    noise_seeds: int
    resolutions: Sequence[float]
    references: Sequence[str]
    page_samples: int

    def run(self) -> Report:
        """Measures everything and writes the report.

        Returns:
            `Report`.
        """
        with backend.memory_for(
            f"Scoring {self.batch_size} images at a time", "lower `batch_size`"
        ):
            return self._run()

    def _run(self):
        began = time.monotonic()
        size = self._image_size()
        self._check_memory(size, "`batch_size`")
        real = [self._real(one, size) for one in self.networks.comparisons]
        passes = []
        segmentation = crops = None
        for number in range(self.noise_seeds):
            judges = Judges(
                as_scored=self._feature_judges(real),
                as_files=[make() for make in self.networks.others],
            )
            # The first pass alone shows samples.
            if self.networks.crops is not None:
                judges.as_scored.append(self.networks.crops())
                crops = crops or judges.as_scored[-1]
            if self.networks.segmentation is not None:
                found = self._segmentation_judge(first=number == 0)
                segmentation = segmentation or found
                judges.as_files.insert(0, found)
            title = "Generated"
            if self.noise_seeds > 1:
                title += f", noise {number + 1}/{self.noise_seeds}"
            seed = self.protocol.noise_seed + number
            passes.append(self._scores(judges, seed, None, title))
        scores = passes[0] + _spread(passes) + self._other_sizes(size)
        scores = with_published(scores, self.published, self.protocol.accuracy)
        context = self._context(size)
        report = Report(
            self.folder,
            {score.name: score for score in scores},
            self.protocol,
            self._dataset,
            context,
            self.published,
            self.whole_tables,
        )
        crops = {} if crops is None else crops.pictures()
        names = [*reports.NAMES, *map(_crops_name, crops)]
        # What is there of an evaluation is in the way of the next.
        with atomic.all_or_none(*[self.folder / name for name in names]):
            self._write_pictures(report, segmentation, crops)
            context["seconds"] = round(time.monotonic() - began, 1)
            reports.write(report)
        return report

    @property
    def _dataset(self):
        return self.targets.describe()["dataset"]

    def _image_size(self):
        first = self.targets.read(0)
        shown = first.image if first.label_map is None else first.label_map
        return self.targets.image_size if shown is None else shown.shape[:2]

    def _check_memory(self, size, lower):
        """Refuses batches that could not be in memory."""
        count = min(self.batch_size, len(self.targets))
        backend.require_memory(
            # Label maps, real and generated images, the latter as floats.
            count * size[0] * size[1] * 19,
            f"Batches of {count} images of {size[0]}x{size[1]}",
            lower,
            computed=False,
        )

    def _real(self, comparison, size, own_size=True):
        """Statistics of the real images at the size of the generated."""

        def read():
            return real_batches(
                self.targets.real,
                self.batch_size,
                None if own_size else size,
                f"Real images, {comparison.extractor.name}",
            )

        return real_statistics(
            comparison.extractor,
            self.targets.real,
            size,
            self.statistics_dir,
            read,
            comparison.with_features,
        )

    def _feature_judges(self, real, suffix=""):
        return [
            FeatureJudge(
                comparison.extractor,
                statistics,
                comparison.metrics,
                # The routine of the papers was applied to Inception alone.
                self.protocol.fid_precision
                if comparison.extractor.is_inception
                else "float64",
                suffix,
            )
            for comparison, statistics in zip(
                self.networks.comparisons, real, strict=True
            )
        ]

    def _segmentation_judge(self, first):
        references = [
            name
            for name in self.references
            if first and (name != "real" or self.targets.has_images)
        ]
        return SegmentationJudge(
            self.networks.segmentation, self.targets, references
        )

    def _scores(self, judges, seed, size, title):
        run_pass(
            self.source,
            self.targets,
            judges,
            self.protocol,
            seed,
            self.batch_size,
            size,
            title,
        )
        every = [*judges.as_scored, *judges.as_files]
        return [score for judge in every for score in judge.scores()]

    def _other_sizes(self, image_size):
        scores = []
        for factor in self.resolutions:
            size = tuple(round(side * factor) for side in image_size)
            self._check_memory(size, "`resolutions`")
            real = [
                self._real(comparison, size, own_size=False)
                for comparison in self.networks.comparisons
            ]
            shown = f"{size[0]}x{size[1]}"
            judges = Judges(self._feature_judges(real, f"_at_{shown}"), [])
            scores += self._scores(
                judges, self.protocol.noise_seed, size, f"Generated at {shown}"
            )
        return scores

    def _context(self, image_size):
        source = {"path": str(self.path), **self.source.describe()}
        if self.source.needs_layouts:
            source["sha256"] = file_hash(self.path)
        height, width = image_size
        return {
            "scored": str(self.path),
            "source": source,
            "targets": self.targets.describe(),
            "image_size": f"{height}x{width} (height x width)",
            "noise_seeds": [
                self.protocol.noise_seed + i for i in range(self.noise_seeds)
            ]
            if self.source.has_latent
            else [],
            "batch_size": self.batch_size,
            "backend": keras.backend.backend(),
        }

    def _write_pictures(self, report, segmentation, crops):
        pictures = picture_page.Pictures(
            self.source,
            self.targets,
            self.protocol,
            self.protocol.noise_seed,
            self.networks.segmentation,
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        picture_page.save_grid(
            self.folder / "samples.png", pictures, len(self.targets)
        )
        for size, picture in crops.items():
            write_png(self.folder / _crops_name(size), picture)
        chosen, names, palette = {}, (), None
        if segmentation is not None and self.page_samples:
            names = segmentation.ruler.class_names
            chosen = picture_page.choose(
                segmentation.per_image, len(names), self.page_samples
            )
            palette = self._palette(names)
        picture_page.write_page(
            self.folder / "index.html",
            report,
            pictures,
            chosen,
            names,
            palette,
            crops,
        )

    def _palette(self, names):
        """Colours of the segmentation network's classes."""
        classes = self.targets.classes
        palette, known = classes.palette, classes.names
        # Public networks count classes in another order.
        if len(palette) == len(names) or known[: len(names)] == names:
            return palette
        by_name = dict(zip(known, palette, strict=True))
        return [by_name[name] for name in names]


def _crops_name(size):
    return f"crops_{size}.png"


def _spread(passes):
    """Mean and deviation over noise seeds, where there are several."""
    if len(passes) < 2:
        return []
    scores = []
    for first in passes[0]:
        values = [
            score.value
            for scores_of_pass in passes
            for score in scores_of_pass
            if score.name == first.name
        ]
        if len(values) < len(passes):
            continue
        spread = seed_spread(values)
        scores.append(
            Score(
                f"{first.name}_mean_of_{len(values)}_seeds",
                spread["mean"],
                first.ruler,
                first.unit,
                first.better,
                details=spread,
                note=(
                    f"standard deviation {spread['std_ddof1']:.4g} (n - 1), "
                    f"variance {spread['variance_ddof0']:.4g} (n)"
                ),
            )
        )
    return scores
