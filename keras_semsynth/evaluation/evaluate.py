"""Scores generated images by the protocols of the papers."""

import os
import pathlib
from collections.abc import Sequence
from typing import Literal

from keras_semsynth.data import get_dataset
from keras_semsynth.evaluation.evaluation import Evaluation
from keras_semsynth.evaluation.networks import FEATURE_NETWORKS
from keras_semsynth.evaluation.networks import choose_metrics
from keras_semsynth.evaluation.networks import open_networks
from keras_semsynth.evaluation.opening import find_run
from keras_semsynth.evaluation.opening import open_folders
from keras_semsynth.evaluation.opening import open_run
from keras_semsynth.evaluation.own_rows import published_of_run
from keras_semsynth.evaluation.protocols import find_protocol
from keras_semsynth.evaluation.report import NAMES
from keras_semsynth.evaluation.report import Report
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.experiments import has_experiment
from keras_semsynth.files.outputs import require_file
from keras_semsynth.files.outputs import require_folder


def evaluate(
    run: str | os.PathLike | None = None,
    *,
    generated: str | os.PathLike | None = None,
    real: str | os.PathLike | None = None,
    labels: str | os.PathLike | None = None,
    instances: str | os.PathLike | None = None,
    data: Part | None = None,
    protocol: str = "default",
    metrics: Sequence[str] | None = None,
    scorer: str | os.PathLike | None = None,
    features: Literal["inception", "scorer", "efficientnet_lite0"]
    | None = None,
    weights_dir: str | os.PathLike | None = None,
    evaluation_dir: str | os.PathLike | None = None,
    overwrite: bool = False,
    statistics_dir: str | os.PathLike | None = None,
    batch_size: int = 8,
    max_images: int | None = None,
    noise_seeds: int = 1,
    noise_seed: int | None = None,
    style: Literal["own", "random"] | None = None,
    resolutions: Sequence[float] = (),
    references: Sequence[str] | None = ("real", "shuffled"),
    fid_inception: Literal["tf2015", "torchvision"] | None = None,
    fid_resize: Literal["torch", "tf1", "clean"] | None = None,
    fid_precision: Literal["float64", "float32_oasis"] | None = None,
    quantization: Literal["truncate", "nearest", "float"] | None = None,
    seg_sizes: Sequence[int] | None = None,
    seg_input_size: tuple[int, int] | None = None,
    seg_multi_scale: bool | None = None,
    lpips: Literal["alex", "vgg"] | None = None,
    min_object_area: int | None = None,
    page_samples: int = 2,
    published_tables: bool = False,
) -> Report:
    """Scores a run, or a folder of images, as a paper has scored its own.

    A run is scored on the held-out samples of the data it was trained on.
    Images of any other program are scored from folders, paired by file name.
    The report is written as `report.json`, `report.md`, `index.html` (worst
    and best samples of each class) and `samples.png`.

    Args:
        run: str or `None`. What to score: a run directory of training, a
            generator.keras, or a SavedModel folder. Or give `generated`.
            Defaults to `None`.
        generated: str or `None`. Folder of images made by any program, to be
            scored against `real` (and `labels`); files are paired by name.
            Defaults to `None`.
        real: str or `None`. With `generated`: folder of real images. Defaults
            to `None`.
        labels: str or `None`. With `generated`: folder of label maps, for
            mIoU. Their values are read as the data say. Defaults to `None`.
        instances: str or `None`. With `generated`: folder of instance maps,
            for crops. Defaults to `None`.
        data: `Part` or `None`. The dataset and its arguments. For a run they
            add to those of its training, or replace them if the dataset is
            another; for folders they say what the label maps mean. Defaults
            to `None`, the data of the run.
        protocol: str. Whose ruler: networks, resizing, quantisation, label
            handling, averaging and precision of that paper (`default`,
            `spade`, `ccfpse`, `scgan`, `oasis` and so on, the keys of
            `PROTOCOLS`). Defaults to `"default"`.
        metrics: Sequence of str or `None`. Some of fid, fd (Frechet distance
            in other `features`), kid, precision_recall, density_coverage,
            miou, lpips, is (Inception Score), crops (FID of object crops).
            Unset: what papers print for the dataset; fd and miou with
            `scorer`; with fewer than 5000 images also kid. Defaults to
            `None`.
        scorer: str or `None`. Segmentation network of train_scorer (.keras),
            for miou and as `features`. Unset: the network of the papers for a
            known dataset, the one in the package for landscapes. Defaults to
            `None`.
        features: str or `None`. Whose features fd, kid, precision_recall and
            density_coverage compare: `inception`, `scorer` or
            `efficientnet_lite0`. The last two are in the names of the scores,
            such as kid_efficientnet_lite0. Unset: the scorer, where there is
            one and no fid is measured, else inception; for fd the scorer.
            Defaults to `None`.
        weights_dir: str or `None`. Folder of the public weight files, or
            `download` to fetch those that the environment variable
            SEMSYNTH_WEIGHTS has no folder of, once, into Keras' cache. Unset:
            that folder. Defaults to `None`.
        evaluation_dir: str or `None`. Folder for the report. Unset:
            evaluation/PROTOCOL in the run directory. Defaults to `None`.
        overwrite: bool. Whether to replace an earlier report in that folder.
            Defaults to `False`.
        statistics_dir: str or `None`. Folder that keeps statistics of real
            images between calls, or `"off"`. Unset: keras_semsynth in the
            cache folder of your account. Defaults to `None`.
        batch_size: int. Images generated and scored at a time. Defaults to
            `8`.
        max_images: int or `None`. Score the first images only, for a quick
            look. Defaults to `None`.
        noise_seeds: int. Passes over the dataset, each with new noise; more
            than one adds mean and deviation (DP-GAN, table 3). Defaults to
            `1`.
        noise_seed: int or `None`. Seed of the noise of the first pass. Unset:
            the protocol's. Defaults to `None`.
        style: str or `None`. Where a run with a style encoder takes its
            styles from: `own` (from the photograph that the image is scored
            against, as SC-GAN's paper does for CelebAMask-HQ) or `random`
            (drawn, like noise). Unset: as the paper of the run's experiment
            did. Defaults to `None`.
        resolutions: Sequence of float. Factors such as 0.5,1,2: also the FID
            (or fd) of images generated at these multiples of the size
            (DP-GAN, supplement, table 2). Defaults to `()`.
        references: Sequence of str or `None`. What else the segmentation
            network scores, to read mIoU against: `real` (the real images, an
            upper end) and `shuffled` (each image against the layout of
            another, a lower end). Defaults to `("real", "shuffled")`.
        fid_inception: str or `None`. Network of FID. Unset: the protocol's.
            Defaults to `None`.
        fid_resize: str or `None`. How images become 299x299. Unset: the
            protocol's. Defaults to `None`.
        fid_precision: str or `None`. Arithmetic of FID. Unset: the
            protocol's. Defaults to `None`.
        quantization: str or `None`. How generated images become 8-bit before
            scoring. Unset: the protocol's. Defaults to `None`.
        seg_sizes: Sequence of int or `None`. Short sides of UperNet101's
            input, pixels. Unset: the protocol's. Defaults to `None`.
        seg_input_size: `(height, width)` or `None`. Size to which images are
            resized for the segmentation network, pixels. Unset: the generated
            size. Defaults to `None`.
        seg_multi_scale: bool or `None`. Whether DRN-D-105 sees six scales.
            Unset: the protocol's. Defaults to `None`.
        lpips: str or `None`. Backbone of LPIPS. Unset: the protocol's.
            Defaults to `None`.
        min_object_area: int or `None`. Least area of an object crop, pixels.
            Unset: the one that brings the Cityscapes counts nearest to
            DP-GAN's. Defaults to `None`.
        page_samples: int. Worst and best samples of each class on the picture
            page. Defaults to `2`.
        published_tables: bool. Whether the report shows the whole tables of
            the papers that have a row of this experiment, with its own scores
            in them. Unset: the numbers of that row alone. Defaults to
            `False`.

    Returns:
        `Report`: the scores with their rulers; as a str, the table.

    Raises:
        ValueError: About the first thing that is wrong; nothing has been
            written then.
        FileNotFoundError: If a public weight file is missing.

    Example:

    >>> report = keras_semsynth.evaluation.evaluate("runs/mine")
    >>> report.scores["miou"].value
    0.412
    >>> print(report)
    """
    _check_given(run, generated, real, labels, evaluation_dir, style)
    run = find_run(run, evaluation_dir)
    _require_outside(
        evaluation_dir,
        generated=generated,
        real=real,
        labels=labels,
        instances=instances,
    )
    for name, value, least in (
        ("batch_size", batch_size, 1),
        ("max_images", max_images, 2),
        ("noise_seeds", noise_seeds, 1),
        ("noise_seed", noise_seed, 0),
        ("min_object_area", min_object_area, 1),
        ("page_samples", page_samples, 0),
    ):
        if value is not None and value < least:
            raise ValueError(
                f"`{name}` must be at least {least}. Received: "
                f"`{name}={value}`."
            )
    if features not in (None, *FEATURE_NETWORKS):
        raise ValueError(
            f"`features` must be one of {', '.join(FEATURE_NETWORKS)}. "
            f"Received: `features={features}`."
        )
    ruler = find_protocol(protocol)
    changes = dict(
        noise_seed=noise_seed,
        fid_inception=fid_inception,
        fid_resize=fid_resize,
        fid_precision=fid_precision,
        quantization=quantization,
        seg_sizes=None if seg_sizes is None else tuple(seg_sizes),
        seg_input_size=None if seg_input_size is None else (*seg_input_size,),
        seg_multi_scale=seg_multi_scale,
        lpips=lpips,
    )
    references = _checked_references(references)
    resolutions = _checked_resolutions(resolutions, run)
    experiment = _experiment(run, data, labels)
    if run is None:
        source, targets = open_folders(
            generated,
            {"real": real, "labels": labels, "instances": instances},
            experiment.data,
            max_images,
        )
    else:
        source, targets = open_run(run, experiment, max_images)
    published = published_of_run(run, targets.describe()["dataset"], protocol)
    _choose_style(source, style, published)
    ruler = ruler.with_style(source.style).changed(**changes)
    if published is not None:
        published = published.scored_with(source.style)
    folder = _report_folder(evaluation_dir, run, protocol, ruler, overwrite)
    statistics_dir = _statistics_folder(statistics_dir)
    dataset = get_dataset(experiment.data.name).variant(
        experiment.data.arguments
    )
    networks = open_networks(
        choose_metrics(metrics, dataset, targets, scorer is not None, features),
        ruler,
        dataset,
        targets,
        scorer,
        weights_dir,
        min_object_area,
        features,
    )
    evaluation = Evaluation(
        source=source,
        targets=targets,
        networks=networks,
        protocol=ruler,
        folder=folder,
        path=generated if run is None else run,
        published=published,
        whole_tables=published_tables,
        statistics_dir=statistics_dir,
        batch_size=batch_size,
        noise_seeds=noise_seeds,
        resolutions=resolutions,
        references=references,
        page_samples=page_samples,
    )
    return evaluation.run()


def _check_given(run, generated, real, labels, evaluation_dir, style):
    """Checks what is given together, before anything is read."""
    if style not in (None, "own", "random"):
        raise ValueError(
            f"`style` must be 'own' or 'random'. Received: `style={style}`."
        )
    if (run is None) == (generated is None):
        raise ValueError(
            "Say what to score: either `run` (a run directory, a "
            "generator.keras or a SavedModel) or `generated` (a folder of "
            "images)."
        )
    if generated is None:
        return
    if real is None and labels is None:
        raise ValueError(
            "`generated` needs something to be scored against: `real`, the "
            "folder of real images, and for mIoU `labels`."
        )
    if evaluation_dir is None:
        raise ValueError(
            "`generated` needs `evaluation_dir`, the folder for the report."
        )
    if style is not None:
        raise ValueError(
            "`style` says how a run makes its images, and `generated` are made "
            "already: leave it out."
        )


def _require_outside(evaluation_dir, **folders):
    """Keeps the pictures of a report out of folders that are scored."""
    if evaluation_dir is None:
        return
    folder = pathlib.Path(evaluation_dir).resolve()
    for name, given in folders.items():
        if given and folder.is_relative_to(pathlib.Path(given).resolve()):
            raise ValueError(
                f"`evaluation_dir={evaluation_dir}` lies in `{name}={given}`, "
                "where its pictures would count: choose a folder outside of it."
            )


def _choose_style(source, style, published):
    """Lets a source encode photographs, if asked or if the paper did."""
    if style is None and published is not None and source.has_encoder:
        style = published.style
    if style == "own":
        source.use_own_style()


def _experiment(run, data, labels):
    """The experiment of a run, or one that says the data alone."""
    if run is None:
        if data is None and labels is not None:
            raise ValueError(
                "Say what the values of `labels` mean: give the `dataset`, or "
                "`dataset=folder` for classes of your own."
            )
        return Experiment(data=data or Part("folder"))
    if has_experiment(run):
        experiment = Experiment.load(run)
        if data is None:
            return experiment
        return experiment.replace(data=(data.name, data.arguments))
    if data is None and pathlib.Path(run).exists():
        raise ValueError(
            f"`run={run}` does not say on which data it was trained: give "
            "`dataset`."
        )
    return Experiment(data=data or Part("folder"))


def _checked_references(references):
    names = tuple(references or ())
    if set(names) - {"real", "shuffled"}:
        raise ValueError(
            "`references` must name some of real, shuffled, or none. "
            f"Received: `references={','.join(names)}`."
        )
    return names


def _checked_resolutions(resolutions, run):
    factors = tuple(resolutions)
    if any(not 0 < factor <= 16 for factor in factors):
        raise ValueError(
            "`resolutions` must be factors such as 0.5,1,2. Received: "
            f"`resolutions={','.join(map(str, factors))}`."
        )
    if factors and run is None:
        raise ValueError(
            "`resolutions` needs a generator (`run`): a folder of images has "
            "one size."
        )
    return factors


def _report_folder(evaluation_dir, run, protocol, ruler, overwrite):
    if evaluation_dir is not None:
        folder = pathlib.Path(evaluation_dir)
    else:
        run = pathlib.Path(run)
        name = f"{protocol}_style_own" if ruler.style == "own" else protocol
        folder = (run if run.is_dir() else run.parent) / "evaluation" / name
    if (folder / "report.json").exists() and not overwrite:
        raise ValueError(
            f"{folder} holds a report already: pass `overwrite` to replace "
            "it, or choose another `evaluation_dir`."
        )
    require_folder(folder, "evaluation_dir")
    for name in NAMES[1:]:
        if not overwrite or (folder / name).is_dir():
            require_file(folder / name, "evaluation_dir", overwrite)
    return folder


def _statistics_folder(statistics_dir):
    if statistics_dir == "off":
        return None
    if statistics_dir is not None:
        require_folder(statistics_dir, "statistics_dir")
        return pathlib.Path(statistics_dir)
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "keras_semsynth" / "statistics"
