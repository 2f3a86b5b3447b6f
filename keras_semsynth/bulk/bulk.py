"""Images of many layouts with Apache Beam, here or on a cluster."""

import contextlib
import dataclasses
import functools
import hashlib
import json
import logging
import os
from collections.abc import Sequence
from typing import Literal

from keras_semsynth.bulk.progress import shown_progress
from keras_semsynth.files.atomic import is_disk_full
from keras_semsynth.files.model_hubs import is_hub_name
from keras_semsynth.files.outputs import require_folder
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.synthesis.folder_looks import first_seeds
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.named_models import find_model
from keras_semsynth.synthesis.named_models import shipped_models

STATUSES = ("written", "kept", "failed")


class StoppedError(RuntimeError):
    """The runner gave up; the same call goes on where it ended."""


@dataclasses.dataclass(frozen=True)
class BulkResult:
    """What became of the images of a folder.

    Args:
        written: int. Images that were made.
        kept: int. Images that were there already, made of the same things.
        failed: int. Images that could not be made.
        manifest: str. Path of the list that tells of each.
    """

    written: int
    kept: int
    failed: int
    manifest: str

    def __str__(self) -> str:
        return (
            f"{self.written} images written, {self.kept} kept, "
            f"{self.failed} failed; see {self.manifest}."
        )


def generate(
    run: str,
    input: str,
    output: str,
    runner: str = "DirectRunner",
    seed: int | None = None,
    count: int = 1,
    style: str | None = None,
    instances: str | None = None,
    rounding: Literal["nearest", "truncate"] = "nearest",
    overwrite: bool = False,
    batch_size: int = 8,
    beam_options: Sequence[str] = (),
) -> BulkResult:
    """Generates images of all label maps of a folder.

    The same call again goes on where an earlier one ended, however it ended:
    images that are complete and made of the same layout, seed and generator
    are kept, the others are made. Every image has one line in
    `manifest.jsonl` of the output folder.

    Args:
        run: str. Run directory, `generator.keras`, or name of a model. As all
            paths, one of this machine or one that Beam reads, such as
            `gs://bucket/run`.
        input: str. Folder of label maps.
        output: str. Folder for the images.
        runner: str. Apache Beam runner: DirectRunner (this machine),
            FlinkRunner, SparkRunner, DataflowRunner, ... Defaults to
            `"DirectRunner"`.
        seed: int or `None`. Seed of the first image of every layout; each
            further one has the next number. Without it, the mean look of
            `style`, or the seed 0. Defaults to `None`.
        count: int. Images for each label map. Defaults to `1`.
        style: str or `None`. Photograph that sets the look (runs with a style
            encoder). Defaults to `None`.
        instances: str or `None`. Folder of instance maps named like the label
            maps, for runs that use them. Defaults to `None`.
        rounding: str. How images become 8-bit: `"nearest"` level, or
            `"truncate"` as the official programs export. Defaults to
            `"nearest"`.
        overwrite: bool. Whether images that were made of something else are
            replaced. Defaults to `False`.
        batch_size: int. Layouts that the generator takes at a time.
            Defaults to `8`.
        beam_options: Sequence of str. Options of Beam and its runner,
            `name=value`. Defaults to `()`.

    Returns:
        `BulkResult`.

    Raises:
        ImportError: If Apache Beam is not installed.
        ValueError: If the arguments do not fit the run or the folders.
        StoppedError: If the runner gave up.

    Example:

    >>> print(bulk.generate("runs/quickstart", "labels", "images", count=2))
    10000 images written, 0 kept, 0 failed; see images/manifest.jsonl.
    """
    if batch_size < 1:
        raise ValueError(
            "`batch_size` must be a positive integer. Received: "
            f"batch_size={batch_size}."
        )
    seeds = first_seeds(seed, count, style)
    _require_beam()
    from keras_semsynth.bulk import files as bulk_files
    from keras_semsynth.bulk import handler as bulk_handler
    from keras_semsynth.bulk import pipeline as bulk_pipeline
    from keras_semsynth.bulk import plan as bulk_plan

    # Workers may have another current folder.
    source, target, style, instances = (
        path if path is None or bulk_files.is_remote(path) else _absolute(path)
        for path in (input, output, style, instances)
    )
    run, run_here = _find_run(run, bulk_files)
    if not bulk_files.is_remote(target):
        require_folder(target)
    options = _pipeline_options(beam_options)
    engine = _runner(runner)
    handler = bulk_handler.GeneratorHandler(run, rounding, batch_size)
    synthesizer = bulk_handler.open_run(run_here)
    look = _look(synthesizer, style, bulk_files)
    _check(synthesizer, seeds, style, instances)
    if not synthesizer.inputs.has_latent:
        seeds = (None,)
    jobs = bulk_plan.plan(source, target, seeds, instances)
    recipe = hashlib.sha256(rounding.encode())
    for path in [*bulk_handler.run_files(run_here), *filter(None, [style])]:
        content = bulk_files.read_bytes(path)
        recipe.update(hashlib.sha256(content).digest())
    place = bulk_pipeline.Target(target)
    reader = bulk_pipeline.ReadLayouts(
        functools.partial(
            Layout.fit, synthesizer.inputs, classes=synthesizer.classes
        ),
        look,
        source,
        place,
        recipe.hexdigest(),
        overwrite,
    )
    images = sum(len(job.outputs) for job in jobs)
    print(f"{len(jobs)} label maps, {images} images; {runner}.", flush=True)
    lock = _claim(place, bulk_files)
    try:
        lines = "".join(job.to_json() + "\n" for job in jobs)
        bulk_files.write_bytes(place.plan, lines.encode(), place.scratch)
        progress = contextlib.nullcontext()
        if not bulk_files.is_remote(target):
            progress = shown_progress(target, images)
        with progress:
            _run(bulk_pipeline, engine, options, handler, reader, place)
        counts = _write_manifest(place, images, bulk_files)
        bulk_files.remove(place.work)
    finally:
        if lock is not None:
            lock.release()
    return BulkResult(manifest=place.manifest, **counts)


def _is_true(entry):
    # Beam 2.77 says this of every machine without Google's libraries.
    text = entry.getMessage()
    return "Resource module is not available" not in text and (
        "apitools not found" not in text
    )


def _require_beam():
    # No second one is added if it is there.
    logging.getLogger().addFilter(_is_true)
    try:
        import apache_beam  # noqa: F401
    except ImportError as error:
        raise ImportError(
            "`runner` needs Apache Beam: pip install "
            '"keras_semsynth[beam]", or leave `runner` out to generate '
            "without it."
        ) from error


def _absolute(path):
    # No symbolic link is followed: folders keep the names they were given.
    return os.path.abspath(path).replace(os.sep, "/")


def _find_run(run, bulk_files):
    """What workers find the run by, and what this process does."""
    if bulk_files.is_remote(run) and not is_hub_name(run):
        return run, run
    here = _absolute(find_model(run))
    # A name means the same on each machine, its path does not.
    named = is_hub_name(run) or run in shipped_models()
    return (run if named else here), here


def _pipeline_options(beam_options):
    from apache_beam.options.pipeline_options import PipelineOptions

    for option in beam_options:
        if option.startswith("-"):
            raise ValueError(
                f"`beam_options={option}` must be name=value, without dashes "
                "before the name."
            )
    return PipelineOptions([f"--{option}" for option in beam_options])


def _runner(name):
    from apache_beam.runners import create_runner

    if name.lower() in ("direct", "directrunner"):
        # What DirectRunner ends up with for a pipeline of this kind, after it
        # has tried to fetch Prism, a Go program, from the network.
        name = "FnApiRunner"
    try:
        return create_runner(name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ValueError(
            f"`runner={name}` is no runner that Apache Beam can make "
            f"({error}): choose e.g. DirectRunner, FlinkRunner, SparkRunner "
            "or DataflowRunner."
        ) from error


def _check(synthesizer, seeds, style, instances):
    if len(seeds) > 1 and not synthesizer.inputs.has_latent:
        raise ValueError(
            "This generator has no random input: all images of a layout would "
            "be equal. Leave `count` out, or use a model with noise or a style "
            "encoder."
        )
    if style is None and seeds[0] is None:
        raise ValueError(
            "Without a style, every image needs a seed: no one could make it "
            "again otherwise."
        )
    if instances is not None and not synthesizer.inputs.use_edge_map:
        raise ValueError(
            "`instances` was given, but this generator takes no edge map."
        )


def _look(synthesizer, style, bulk_files):
    """The look of all images, but for their seeds."""
    if style is None:
        return Look()
    synthesizer.styles.require()
    with bulk_files.local_copy(style) as path:
        return Look(None, *synthesizer.encode(path)[0])


def _claim(place, bulk_files):
    """Keeps others out of the output folder and removes what a kill left.

    Buckets have no locks: there, it is on the caller to start one run at a
    time. Images would be whole in any case.
    """
    lock = None
    if not bulk_files.is_remote(place.folder):
        os.makedirs(place.work, exist_ok=True)
        lock = RunDirectory(place.work)
        try:
            lock.acquire()
        except RunError as error:
            raise ValueError(
                f"Another process generates images into {place.folder}: wait "
                "for it, stop it, or choose another `output`."
            ) from error
    if bulk_files.exists(place.work):
        for name in bulk_files.list_files(place.work):
            if name != ".lock":
                bulk_files.remove(bulk_files.join(place.work, name))
    bulk_files.make_folder(place.scratch)
    bulk_files.make_folder(place.records)
    return lock


def _run(bulk_pipeline, engine, options, handler, reader, place):
    import apache_beam as beam

    try:
        pipeline = beam.Pipeline(engine, options)
        bulk_pipeline.build(pipeline, handler, reader, place)
        result = pipeline.run()
        state = result.wait_until_finish()
    except Exception as error:  # of any runner
        if is_disk_full(error):
            reason = f"the disk of {place.folder} is full: free some space"
        else:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            reason = lines[0]
        raise StoppedError(
            f"The run stopped early, {reason}; the same command goes on where "
            "it ended."
        ) from error
    if state not in (None, "DONE"):
        raise StoppedError(
            f"The run ended as {state}; the same command goes on where it "
            "ended."
        )


def _write_manifest(place, images, bulk_files):
    """Joins the records of all workers, in the order of the images."""
    records = {}
    for name in bulk_files.list_files(place.records):
        content = bulk_files.read_bytes(bulk_files.join(place.records, name))
        for entry in map(json.loads, content.decode().splitlines()):
            other = records.setdefault(entry["output"], entry)
            # The second try of a bundle finds what the first has written.
            records[entry["output"]] = min(entry, other, key=_rank)
    if len(records) != images:
        raise StoppedError(
            f"The runner reported {len(records)} images, expected {images}: "
            "run the same command again."
        )
    order = sorted(records)
    text = "".join(json.dumps(records[name]) + "\n" for name in order)
    bulk_files.write_bytes(place.manifest, text.encode(), place.scratch)
    statuses = [entry["status"] for entry in records.values()]
    return {name: statuses.count(name) for name in STATUSES}


def _rank(entry):
    return STATUSES.index(entry["status"])
