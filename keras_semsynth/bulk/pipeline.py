"""The steps of a bulk generation as an Apache Beam pipeline."""

import contextlib
import dataclasses
import uuid
from collections.abc import Callable

import apache_beam as beam
from apache_beam.ml.inference.base import RunInference

from keras_semsynth.bulk import files as bulk_files
from keras_semsynth.bulk.handler import GeneratorHandler
from keras_semsynth.bulk.plan import Job
from keras_semsynth.bulk.requests import Request
from keras_semsynth.bulk.requests import encode_png
from keras_semsynth.bulk.requests import fingerprint
from keras_semsynth.bulk.requests import record
from keras_semsynth.bulk.requests import stored_fingerprint
from keras_semsynth.files.atomic import is_disk_full
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import set_max_pixels
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look

RECORDS = "records"


def build(
    pipeline: beam.Pipeline,
    handler: GeneratorHandler,
    reader: "ReadLayouts",
    target: "Target",
) -> None:
    """Adds all steps to a pipeline: from planned jobs to lines of a manifest.

    Args:
        pipeline: `beam.Pipeline`.
        handler: `GeneratorHandler`.
        reader: `ReadLayouts`.
        target: `Target`.
    """
    jobs = (
        pipeline
        | "Plan" >> beam.Create([target.plan])
        | "Jobs" >> beam.FlatMap(_read_plan)
        # Without it one worker would do everything.
        | "Spread" >> beam.Reshuffle()
    )
    layouts = jobs | "Read layouts" >> beam.ParDo(reader).with_outputs(
        RECORDS, main="requests"
    )
    written = (
        layouts.requests
        | "Generate" >> RunInference(handler)
        | "Write images" >> beam.ParDo(WriteImages(target))
    )
    _ = (
        (layouts[RECORDS], written)
        | "All records" >> beam.Flatten()
        | "Write records" >> beam.ParDo(WriteRecords(target))
    )


class Target:
    """The output folder and where its work files are.

    Args:
        folder: str.
    """

    def __init__(self, folder: str):
        self.folder = folder
        self.work = bulk_files.join(folder, ".bulk")
        self.plan = bulk_files.join(self.work, "plan.jsonl")
        self.scratch = bulk_files.join(self.work, "unfinished")
        self.records = bulk_files.join(self.work, RECORDS)
        self.manifest = bulk_files.join(folder, "manifest.jsonl")

    def path(self, output: str) -> str:
        """Returns the path of an image."""
        return bulk_files.join(self.folder, output)


class ReadLayouts(beam.DoFn):
    """Reads label maps and finds out which images are missing.

    Args:
        fit: Callable `(layout, instances) -> Layout`, see `Layout.fit`.
        look: `Look` of all images, which differ by its seed.
        source: str. Input folder.
        target: `Target`.
        recipe: str. Digest of what all images have in common.
        overwrite: bool. Replace images that were made of something else.
    """

    def __init__(
        self,
        fit: Callable[[str, str | None], Layout],
        look: Look,
        source: str,
        target: Target,
        recipe: str,
        overwrite: bool = False,
    ):
        self.fit = fit
        self.look = look
        self.source = source
        self.target = target
        self.recipe = recipe
        self.overwrite = overwrite
        # A worker may be another process, which starts from the usual limit.
        self.max_pixels = max_pixels()

    def setup(self) -> None:
        set_max_pixels(self.max_pixels)

    def process(self, job):
        try:
            layout = self._read(job)
        except (ValueError, OSError) as error:
            for output, seed in zip(job.outputs, job.seeds, strict=True):
                yield _failure(job.source, output, seed, error)
            return
        for output, seed in zip(job.outputs, job.seeds, strict=True):
            mark = fingerprint(self.recipe, layout, seed)
            try:
                is_there = self._is_there(output, mark)
            except (ValueError, OSError) as error:
                yield _failure(job.source, output, seed, error)
                continue
            if is_there:
                line = record(job.source, output, seed, "kept")
                yield beam.pvalue.TaggedOutput(RECORDS, line)
            else:
                look = dataclasses.replace(self.look, seed=seed)
                yield Request(job.source, output, layout, look, mark)

    def _read(self, job):
        if job.instances == "":
            raise ValueError(
                f"There is no instance map for {job.source} in `instances`."
            )
        path = bulk_files.join(self.source, job.source)
        with contextlib.ExitStack() as copies:
            layout, instances = (
                given and copies.enter_context(bulk_files.local_copy(given))
                for given in (path, job.instances)
            )
            return self.fit(layout, instances)

    def _is_there(self, output, mark):
        """Whether an image is complete and made of the same."""
        path = self.target.path(output)
        if not bulk_files.exists(path):
            return False
        found = stored_fingerprint(bulk_files.read_bytes(path))
        if found == mark:
            return True
        if found is None or self.overwrite:
            return False  # torn by a power cut, or to be replaced
        raise ValueError(
            f"{path} exists already and was made of another layout, seed or "
            "generator: choose another `output`, or set `overwrite`."
        )


class WriteImages(beam.DoFn):
    """Writes images, whole or not at all.

    Args:
        target: `Target`.
    """

    def __init__(self, target: Target):
        self.target = target

    def process(self, result):
        request = result.request
        error = result.error
        if error is None:
            content = encode_png(result.image, request.fingerprint)
            path = self.target.path(request.output)
            try:
                bulk_files.write_bytes(path, content, self.target.scratch)
            except OSError as failure:
                if is_disk_full(failure):
                    raise  # all others would fail too
                error = f"{path} cannot be written ({failure})"
        yield record(
            request.source,
            request.output,
            request.look.seed,
            "written" if error is None else "failed",
            error,
        )


class WriteRecords(beam.DoFn):
    """Writes the lines of every bundle of work to a file of its own.

    Not `WriteToText`, which takes paths for patterns. A bundle that the
    runner repeats leaves two files; whoever reads them keeps one line of each
    image.

    Args:
        target: `Target`.
    """

    def __init__(self, target: Target):
        self.target = target

    def start_bundle(self):
        self.lines = []

    def process(self, line):
        self.lines.append(line)

    def finish_bundle(self):
        name = f"{uuid.uuid4().hex}.jsonl"
        content = "".join(f"{line}\n" for line in self.lines).encode()
        path = bulk_files.join(self.target.records, name)
        bulk_files.write_bytes(path, content, self.target.scratch)


def _read_plan(path):
    lines = bulk_files.read_bytes(path).decode().splitlines()
    return [Job.from_json(line) for line in lines]


def _failure(source, output, seed, error):
    line = record(source, output, seed, "failed", str(error))
    return beam.pvalue.TaggedOutput(RECORDS, line)
