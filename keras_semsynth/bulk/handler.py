"""Our generators in Apache Beam's `RunInference`."""

import os
import tempfile

from apache_beam.ml.inference.base import ModelHandler

from keras_semsynth.bulk import files as bulk_files
from keras_semsynth.bulk.worker import answers
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import set_max_pixels
from keras_semsynth.files.model_hubs import is_hub_name
from keras_semsynth.synthesis.named_models import RUN_FILES
from keras_semsynth.synthesis.synthesizer import Synthesizer


class GeneratorHandler(ModelHandler):
    """Loads a run on a worker and makes images of layouts in batches.

    Elements are `Request`s, results are `Result`s in the same order; one that
    fails does not take its batch along.

    Args:
        run: str. Run directory or `generator.keras`, wherever Beam reads, or
            name of a model, which each worker fetches.
        rounding: `"nearest"` or `"truncate"`. Defaults to `"nearest"`.
        batch_size: int. Layouts that the generator takes at a time, if they
            are of one size. Defaults to `8`.
    """

    def __init__(
        self, run: str, rounding: str = "nearest", batch_size: int = 8
    ):
        super().__init__(min_batch_size=batch_size, max_batch_size=batch_size)
        self.run = run
        self.rounding = rounding
        # A worker may be another process, which starts from the usual limit.
        self.max_pixels = max_pixels()

    def load_model(self):
        set_max_pixels(self.max_pixels)
        return open_run(self.run).renderer

    def run_inference(self, batch, model, inference_args=None):
        return answers(batch, model, self.rounding)

    def get_metrics_namespace(self):
        return "keras_semsynth"


def open_run(run: str) -> Synthesizer:
    """Loads a run from wherever it is.

    Args:
        run: str. Run directory, `generator.keras`, or name of a model.
    """
    if bulk_files.is_remote(run) and not is_hub_name(run):
        with tempfile.TemporaryDirectory() as folder:
            synthesizer = Synthesizer.from_preset(_download(run, folder))
    else:
        synthesizer = Synthesizer.from_preset(run)
    synthesizer.require_layouts()
    return synthesizer


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
