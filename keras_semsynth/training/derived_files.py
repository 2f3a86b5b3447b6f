"""The files of a run that follow from its newest checkpoint."""

import gc
import json
import math
import pathlib

import keras

from keras_semsynth.files.network_reading import NetworkFileError
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.files.network_writing import save_network
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.gans import SemanticGAN
from keras_semsynth.training.note import note


class DerivedFiles:
    """`generator.keras` and `encoder.keras`: the networks of inference.

    They are written after every checkpoint. A process that is killed between
    the two leaves files of the checkpoint before, and any of them may have
    been lost or damaged since. Their content tells, so that no record of what
    was written can be wrong.

    Args:
        run: `RunDirectory`.
        gan: `SemanticGAN`, built.
    """

    def __init__(self, run: RunDirectory, gan: SemanticGAN):
        self.run = run
        self.gan = gan

    def bytes(self) -> int:
        """Returns the size of the files, but for names and settings in them."""
        return sum(
            math.prod(weight.shape) * 4
            for network, _ in self._networks()
            for weight in network.weights
        )

    def write(self) -> None:
        """Writes the networks as they are now.

        Raises:
            DiskFullError: If one did not fit; the file of before is intact.
        """
        for network, path in self._networks():
            save_network(network, path)

    def refresh(self) -> None:
        """Writes those that do not hold the networks as they are now.

        Raises:
            DiskFullError: If one did not fit.
        """
        for network, path in self._networks():
            problem = _problem(network, path)
            if problem is not None:
                note(f"{path} {problem} and is written anew.")
                save_network(network, path)

    def _networks(self):
        yield self.gan.inference_generator, self.run.generator_path
        encoder = getattr(self.gan, "encoder", None)
        if encoder is not None:
            yield encoder, self.run.encoder_path


def _problem(network: keras.Model, path: pathlib.Path) -> str | None:
    """Says what is wrong with the file of a network, or `None`."""
    if not path.exists():
        return "is missing"
    try:
        # The memory of an accelerator belongs to the training. Not "cpu:0",
        # with which Keras makes variables that PyTorch refuses.
        with keras.device("cpu"):
            saved = load_network(path, type(network), "it is written anew")
    except NetworkFileError:
        return "cannot be read"
    same = _description(saved) == _description(network) and _equal(
        saved.weights, network.weights
    )
    # Layers refer to each other, so that the copy would stay for a while.
    del saved
    gc.collect()
    return None if same else "is not of the newest checkpoint"


def _description(network):
    return json.dumps(keras.saving.serialize_keras_object(network))


def _equal(saved, present):
    """Whether two lists of variables hold the same bits."""
    return len(saved) == len(present) and all(
        _bits(a) == _bits(b) for a, b in zip(saved, present, strict=True)
    )


def _bits(variable):
    array = keras.ops.convert_to_numpy(variable.value)
    return array.shape, str(array.dtype), array.tobytes()
