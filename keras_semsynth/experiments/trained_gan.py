"""The networks of a run, as its newest checkpoint has them."""

from keras_semsynth.experiments.build import LabelSpace
from keras_semsynth.experiments.build import build_gan
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.files.checkpoint_store import CheckpointStore
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.gans import SemanticGAN


def load_trained_gan(run: RunDirectory) -> tuple[SemanticGAN, int] | None:
    """Builds the networks of a run and loads their weights.

    Args:
        run: `RunDirectory`.

    Returns:
        `(gan, step)`, the GAN not compiled and without the perceptual loss,
        whose weights may be elsewhere by now; or `None` if there is no
        checkpoint.

    Raises:
        ValueError: If the checkpoint does not fit the run.
    """
    found = CheckpointStore(run.checkpoints_path).newest()
    if found is None:
        return None
    weights, state = found
    dataset = run.read_dataset()
    space = LabelSpace(
        dataset["num_classes"],
        dataset["use_edge_map"],
        tuple(dataset["image_size"]),
        dataset["unknown_class"],
    )
    gan = build_gan(Experiment.load(run.path), space)
    gan.build()
    try:
        gan.load_weights(weights)
    except (ValueError, OSError, KeyError) as error:
        reason = str(error).strip().splitlines()[0]
        raise RunError(
            f"The checkpoint {weights} does not fit the run "
            f"({reason}): restore {run.experiment_path.name}."
        ) from error
    return gan, state["step"]
