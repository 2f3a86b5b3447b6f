"""Our generators in Apache Beam's `RunInference`."""

from apache_beam.ml.inference.base import ModelHandler

from keras_semsynth.bulk.worker import answers
from keras_semsynth.bulk.worker import open_run
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import set_max_pixels


class GeneratorHandler(ModelHandler):
    """Loads a run on a worker and makes images of layouts in batches.

    Elements are `Request`s, results are `Result`s in the same order; one that
    fails does not take its batch along.

    Args:
        run: str. Run directory or `generator.keras`, wherever Beam reads.
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
