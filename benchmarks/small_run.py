"""A tiny run of training, for benchmarks that disturb it.

Landscapes, SPADE with a style encoder and an averaged generator, several
checkpoints and sample grids. What comes of it is compared bit by bit.
"""

import json
import os
import pathlib
import zipfile

from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_enum(
    "backend", "tensorflow", ["tensorflow", "jax", "torch"], "Backend."
)

EPOCHS, STEPS = 3, 4
LAST = f"step-{EPOCHS * STEPS:09d}"
# One thread each: sums must not depend on how busy the machine is.
SINGLE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
}


def choose_backend():
    """Sets what must be set before Keras is imported."""
    os.environ.update(SINGLE_THREAD, KERAS_BACKEND=FLAGS.backend)


def train(folder):
    """Trains as the command does."""
    import keras_semsynth
    from keras_semsynth.commands.train import finish

    if FLAGS.backend == "torch":
        import torch

        torch.set_num_threads(1)
    experiment = keras_semsynth.experiments.Experiment.from_preset("spade")
    experiment = experiment.replace(
        data=("landscapes", {"image_size": (32, 32), "count": 2 * STEPS}),
        generator={"filters": 2, "hidden_filters": 4},
        discriminator={"filters": 2, "num_layers": 2},
        encoder=("style", {"filters": 2, "style_dim": 3}),
        objective={"ema_decay": 0.9},
        run={
            "run_dir": folder,
            "batch_size": 2,
            "epochs": EPOCHS,
            "checkpoint_steps": 3,
            "sample_count": 1,
            "epoch_end_share": 0.0,
            "log_steps": 1,
            "perceptual": "off",
        },
    )
    if finish(keras_semsynth.training.train(experiment)):
        raise RuntimeError("The run was stopped.")


def end_of(folder):
    """Collects what two runs must share.

    Returns:
        dict of bytes and JSON values.
    """
    import h5py

    folder = pathlib.Path(folder)
    content = {}

    def add(prefix, file):
        def visit(name, item):
            if isinstance(item, h5py.Dataset):
                content[f"{prefix}/{name}"] = item[()].tobytes()

        with h5py.File(file) as weights:
            weights.visititems(visit)

    names = sorted(path.name for path in (folder / "checkpoints").iterdir())
    content["checkpoints"] = names
    add("checkpoint", folder / "checkpoints" / LAST / "gan.weights.h5")
    for name in ("generator.keras", "encoder.keras"):
        with zipfile.ZipFile(folder / name) as archive:
            content[f"{name}/config"] = archive.read("config.json")
            with archive.open("model.weights.h5") as weights:
                add(name, weights)
    report = json.loads((folder / "report.json").read_text())
    for name in ("state", "steps", "epochs", "images_seen", "losses"):
        content[f"report.json/{name}"] = report[name]
    with open(folder / "logs" / "train.csv") as file:
        rows = [line.split(",") for line in file]
    kept = [i for i, n in enumerate(rows[0]) if "second" not in n]
    content["train.csv"] = [[row[i] for i in kept] for row in rows]
    content["samples"] = {
        path.name: path.read_bytes() for path in (folder / "samples").iterdir()
    }
    content["leftovers"] = [str(p) for p in folder.rglob(".writing-*")]
    return content


def differences(expected, found):
    """Names of what two runs do not share."""
    return [
        name
        for name in sorted({*expected, *found})
        if expected.get(name) != found.get(name)
    ]
