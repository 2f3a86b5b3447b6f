"""Scores what the flags say and writes the report."""

import os
import pathlib
import time

import keras
from absl import flags

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags
from keras_semsynth.data import flags as data_flags
from keras_semsynth.evaluation import crops
from keras_semsynth.evaluation import picture_page
from keras_semsynth.evaluation import report as reports
from keras_semsynth.evaluation import rulers
from keras_semsynth.evaluation.flags import MODULE
from keras_semsynth.evaluation.flags import define_flags
from keras_semsynth.evaluation.frechet import FrechetJudge
from keras_semsynth.evaluation.frechet import real_statistics
from keras_semsynth.evaluation.passes import real_batches
from keras_semsynth.evaluation.passes import run_pass
from keras_semsynth.evaluation.prepare import adopt_run_flags
from keras_semsynth.evaluation.prepare import check_flags
from keras_semsynth.evaluation.prepare import metrics_from_flags
from keras_semsynth.evaluation.prepare import open_source
from keras_semsynth.evaluation.prepare import protocol_from_flags
from keras_semsynth.evaluation.protocols import SEGMENTATION_SCORERS
from keras_semsynth.evaluation.score import Score
from keras_semsynth.evaluation.segmentation import SegmentationJudge
from keras_semsynth.files.progress_line import format_seconds
from keras_semsynth.metrics import seed_spread


def start(argv, usage):
    """Runs the command; every expected error is one sentence.

    Args:
        argv: List of str, `argv[0]` the program.
        usage: str. What `--help` shows first.

    Returns:
        int, the exit status.
    """
    values = flags.FlagValues()
    define_flags(values)
    parse_flags(argv, usage, (MODULE, data_flags.NAME), flag_values=values)
    with one_sentence(values.debug):
        began = time.monotonic()
        evaluation = Evaluation(values)
        evaluation.run()
        folder = evaluation.folder
        print()
        print((folder / "report.md").read_text(encoding="utf-8").split("##")[0])
        print(
            f"Done in {format_seconds(time.monotonic() - began)}: "
            f"{folder / 'report.json'}, {folder / 'report.md'}, "
            f"{folder / 'index.html'}, {folder / 'samples.png'}."
        )
    return 0


class Evaluation:
    """One call of evaluate.py.

    Args:
        values: Parsed flags.

    Raises:
        ValueError: About the first thing that is wrong; nothing has been
            written then.
    """

    def __init__(self, values):
        check_flags(values)
        self.values = values
        self.trained = adopt_run_flags(values)
        self.protocol = protocol_from_flags(values)
        self.folder = _report_folder(values)
        self.source, self.targets = open_source(values)
        self.metrics = metrics_from_flags(values, self.targets)
        self.references = _references(values, self.targets)
        self.resolutions = _resolutions(values, self.source)
        first = self.targets.read(0)
        shown = first.image if first.label_map is None else first.label_map
        if shown is None:
            self.image_size = self.targets.image_size
        else:
            self.image_size = shown.shape[:2]
        self.dataset = self.targets.describe()["dataset"]
        self._open_networks()

    def _open_networks(self):
        values, metrics = self.values, self.metrics
        weights = values.weights_dir
        self.segmentation = self.inception_score = self.lpips = None
        self.extractors = []
        self.fid = None
        own = None
        public = SEGMENTATION_SCORERS.get(self.dataset)
        if "fd" in metrics or ("miou" in metrics and not public):
            if values.scorer is None and self.dataset != "landscapes":
                raise UsageError(
                    f"No segmentation network is known for {self.dataset}: "
                    "train one with semsynth train_scorer and "
                    "give it with --scorer, or choose other --metrics."
                )
        if values.scorer is not None or self.dataset == "landscapes":
            own = rulers.trained_scorer(values.scorer)
        if "fid" in metrics or "crops" in metrics:
            self.fid = rulers.fid_extractor(self.protocol, weights)
        if "fid" in metrics:
            self.extractors.append(self.fid)
        if "fd" in metrics:
            self.extractors.append(rulers.fd_extractor(*own))
        if "miou" in metrics and own is not None:
            self.segmentation = rulers.trained_ruler(*own, self.targets)
        elif "miou" in metrics:
            self.segmentation = rulers.public_ruler(
                self.dataset, self.protocol, weights, values.ade_label_shift
            )
        if "is" in metrics:
            self.inception_score = rulers.inception_score_judge(
                self.protocol, weights
            )
        if "lpips" in metrics:
            self.lpips = rulers.lpips_judge(self.protocol, weights)
        self.min_area = None
        if "crops" in metrics:
            self.min_area = crops.least_area(
                self.targets, values.min_object_area
            )

    def run(self):
        """Measures everything and writes the report.

        Returns:
            dict, what `report.json` holds.
        """
        real = {
            extractor.name: self._real(extractor, None)
            for extractor in self.extractors
        }
        passes = []
        segmentation = None
        for number in range(self.values.noise_seeds):
            seed = self.protocol.noise_seed + number
            judges, found = self._judges(real, first=number == 0)
            title = "Generated"
            if self.values.noise_seeds > 1:
                title += f", noise {number + 1}/{self.values.noise_seeds}"
            run_pass(
                self.source,
                self.targets,
                judges,
                self.protocol,
                seed,
                self.values.batch_size,
                None,
                title,
            )
            every = [*judges["as_scored"], *judges["as_files"]]
            passes.append([s for judge in every for s in judge.scores()])
            if number == 0:
                segmentation = found
        scores = passes[0] + _spread(passes) + self._other_sizes()
        model = self.protocol.name.split(" ")[0]
        if model == "default":
            model = self.trained.get("model")
        reports.add_published(
            scores,
            reports.published_scores(model, self.dataset),
            self.protocol.accuracy,
        )
        context = self._context()
        self._write_pictures(scores, segmentation, context["scored"])
        return reports.write(self.folder, scores, context)

    def _real(self, extractor, image_size):
        def read():
            return real_batches(
                self.targets,
                self.values.batch_size,
                image_size,
                f"Real images for {extractor.name}",
            )

        return real_statistics(
            extractor,
            self.targets,
            image_size or self.image_size,
            _statistics_folder(self.values),
            read,
        )

    def _judges(self, real, first):
        as_scored = [
            FrechetJudge(
                extractor, real[extractor.name], self._precision(extractor)
            )
            for extractor in self.extractors
        ]
        as_files, segmentation = [], None
        if self.segmentation is not None:
            segmentation = SegmentationJudge(
                self.segmentation,
                self.targets,
                self.references if first else (),
            )
            as_files.append(segmentation)
        if self.lpips is not None:
            as_files.append(self.lpips())
        if self.inception_score is not None:
            as_files.append(self.inception_score())
        if self.min_area is not None:
            area, rule = self.min_area
            as_scored.append(
                crops.CropsJudge(self.fid, area, {"min_object_area_is": rule})
            )
        return {"as_scored": as_scored, "as_files": as_files}, segmentation

    def _precision(self, extractor):
        return (
            self.protocol.fid_precision
            if extractor.name == "fid"
            else ("float64")
        )

    def _other_sizes(self):
        scores = []
        for factor in self.resolutions:
            size = tuple(round(side * factor) for side in self.image_size)
            judges = [
                FrechetJudge(
                    extractor,
                    self._real(extractor, size),
                    self._precision(extractor),
                    suffix=f"_at_{size[0]}x{size[1]}",
                )
                for extractor in self.extractors
            ]
            run_pass(
                self.source,
                self.targets,
                {"as_scored": judges, "as_files": []},
                self.protocol,
                self.protocol.noise_seed,
                self.values.batch_size,
                size,
                f"Generated at {size[0]}x{size[1]}",
            )
            scores += [s for judge in judges for s in judge.scores()]
        return scores

    def _context(self):
        values = self.values
        path = values.run or values.generated
        source = {"path": str(path), **self.source.describe()}
        if values.run is not None:
            source["sha256"] = rulers.file_hash(values.run)
        height, width = self.image_size
        return {
            "scored": str(path),
            "source": source,
            "targets": self.targets.describe(),
            "image_size": f"{height}x{width} (height x width)",
            "protocol": self.protocol.as_dict(),
            "noise_seeds": [
                self.protocol.noise_seed + i for i in range(values.noise_seeds)
            ]
            if self.source.has_latent
            else [],
            "batch_size": values.batch_size,
            "backend": keras.backend.backend(),
        }

    def _write_pictures(self, scores, segmentation, scored):
        pictures = picture_page.Pictures(
            self.source,
            self.targets,
            self.protocol,
            self.protocol.noise_seed,
            self.segmentation,
        )
        self.folder.mkdir(parents=True, exist_ok=True)
        picture_page.save_grid(
            self.folder / "samples.png", pictures, len(self.targets)
        )
        chosen, names, palette = {}, (), None
        if segmentation is not None and self.values.page_samples:
            names = self.segmentation.class_names
            chosen = picture_page.choose(
                segmentation.per_image, len(names), self.values.page_samples
            )
            palette = self.targets.palette
            # Public networks count classes in another order.
            if len(palette) != len(names) and (
                tuple(self.targets.class_names)[: len(names)] != names
            ):
                by_name = dict(
                    zip(self.targets.class_names, palette, strict=True)
                )
                palette = [by_name[name] for name in names]
        picture_page.write_page(
            self.folder / "index.html",
            f"Scores of {scored}",
            scores,
            pictures,
            chosen,
            names,
            palette,
        )


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


def _references(values, targets):
    names = [name for name in values.references if name != "none"]
    unknown = [n for n in names if n not in ("real", "shuffled")]
    if unknown:
        raise UsageError(
            "--references must name some of real, shuffled, or none. "
            f"Received: {','.join(values.references)}."
        )
    if not targets.has_images:
        names = [name for name in names if name != "real"]
    return tuple(names)


def _resolutions(values, source):
    try:
        factors = [float(text) for text in values.resolutions]
    except ValueError:
        factors = [-1.0]
    if any(not 0 < factor <= 16 for factor in factors):
        raise UsageError(
            "--resolutions must be factors such as 0.5,1,2. Received: "
            f"{','.join(values.resolutions)}."
        )
    if factors and not source.needs_layouts:
        raise UsageError(
            "--resolutions needs a generator (--run): a folder of images has "
            "one size."
        )
    return factors


def _report_folder(values):
    name = values.protocol
    if values.evaluation_dir is not None:
        folder = pathlib.Path(values.evaluation_dir)
    else:
        run = pathlib.Path(values.run)
        folder = (run if run.is_dir() else run.parent) / "evaluation" / name
    if (folder / "report.json").exists() and not values.overwrite:
        raise UsageError(
            f"{folder} holds a report already: pass --overwrite to replace "
            "it, or choose another --evaluation_dir."
        )
    return folder


def _statistics_folder(values):
    if values.statistics_dir == "off":
        return None
    if values.statistics_dir is not None:
        return values.statistics_dir
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "keras_semsynth" / "statistics"
