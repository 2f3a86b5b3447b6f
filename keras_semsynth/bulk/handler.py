"""Our generators in Apache Beam's `RunInference`."""

import os
import tempfile
from collections.abc import Sequence

import numpy as np
from apache_beam.ml.inference.base import ModelHandler

from keras_semsynth.bulk import files as bulk_files
from keras_semsynth.bulk.requests import Request
from keras_semsynth.bulk.requests import Result
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import set_max_pixels
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.synthesizer import Synthesizer

RUN_FILES = ("generator.keras", "encoder.keras", "dataset.json")


class GeneratorHandler(ModelHandler):
    """Loads a run on a worker and makes images of layouts in batches.

    Elements are `Request`s, results are `Result`s in the same order; one that
    fails does not take its batch along.

    Args:
        run: str. Run directory or `generator.keras`, wherever Beam reads.
        style: str. Photograph that sets the look. Defaults to `None`.
        rounding: `"nearest"` or `"truncate"`. Defaults to `"nearest"`.
        batch_size: int. Layouts that the generator takes at a time, if they
            are of one size. Defaults to `8`.
    """

    def __init__(
        self,
        run: str,
        style: str | None = None,
        rounding: str = "nearest",
        batch_size: int = 8,
    ):
        super().__init__(min_batch_size=batch_size, max_batch_size=batch_size)
        self.run = run
        self.style = style
        self.rounding = rounding
        # A worker may be another process, which starts from the usual limit.
        self.max_pixels = max_pixels()

    def load_model(self):
        set_max_pixels(self.max_pixels)
        return BatchSynthesizer.open(self.run, self.style)

    def run_inference(self, batch, model, inference_args=None):
        results = [None] * len(batch)
        for indices in _by_size(batch):
            requests = [batch[index] for index in indices]
            outcome = self._results(requests, model)
            for index, result in zip(indices, outcome, strict=True):
                results[index] = result
        return results

    def get_metrics_namespace(self):
        return "keras_semsynth"

    def _results(self, requests, model):
        try:
            images = [
                to_uint8(image, self.rounding)
                for image in model.images(requests)
            ]
        except Exception as error:  # of any backend, e.g. out of memory
            if len(requests) == 1:
                return [Result(requests[0], None, _describe(error))]
            return [r for one in requests for r in self._results([one], model)]
        return [
            Result(request, image)
            for request, image in zip(requests, images, strict=True)
        ]


class BatchSynthesizer(Synthesizer):
    """A `Synthesizer` that makes images of many layouts at a time."""

    code = ()

    @classmethod
    def open(cls, run: str, style: str | None = None) -> "BatchSynthesizer":
        """Loads a run from wherever it is.

        Args:
            run: str. Run directory, or `generator.keras`.
            style: str. Photograph. Defaults to `None`.
        """
        if bulk_files.is_remote(run):
            with tempfile.TemporaryDirectory() as folder:
                synthesizer = cls.load(_download(run, folder))
        else:
            synthesizer = cls.load(run)
        synthesizer.require_layouts()
        if style is not None:
            with bulk_files.local_copy(style) as path:
                photograph = read_image(path)
                codes = synthesizer.encode(photograph[None])
                synthesizer.code = [code[0] for code in codes]
        return synthesizer

    def images(self, requests: Sequence[Request]) -> list[np.ndarray]:
        """Generates the images of layouts.

        Args:
            requests: Sequence of `Request`.

        Returns:
            List of float arrays `(height, width, 3)` in `[-1, 1]`.
        """
        layouts = [request.layout for request in requests]
        looks = [Look(request.seed, *self.code) for request in requests]
        return self.renderer.render(layouts, looks)


def run_files(run: str) -> list[str]:
    """Lists the files of a run that make images, as far as they exist."""
    folder, _, name = run.rstrip("/").rpartition("/")
    if not name.endswith(".keras"):
        folder, name = run, RUN_FILES[0]
    paths = [bulk_files.join(folder, n) for n in (name, *RUN_FILES[1:])]
    return [path for path in paths if bulk_files.exists(path)]


def _download(run, folder):
    for path in run_files(run):
        name = path.rpartition("/")[2]
        with open(os.path.join(folder, name), "wb") as file:
            file.write(bulk_files.read_bytes(path))
    name = run.rstrip("/").rpartition("/")[2]
    return os.path.join(folder, name) if name.endswith(".keras") else folder


def _by_size(batch):
    """Returns the indices of a batch, layouts of one size together."""
    groups = {}
    for index, request in enumerate(batch):
        groups.setdefault(request.layout.network_size, []).append(index)
    return groups.values()


def _describe(error):
    lines = str(error).strip().splitlines() or [""]
    return f"the generator failed ({type(error).__name__}: {lines[0]})"
