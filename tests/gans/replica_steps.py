"""A training step of every model on a number of devices, in a new process.

    python -m tests.gans.replica_steps MODELS REPLICAS MICRO_BATCHES FOLDER

TensorFlow and JAX have the devices in one process; PyTorch needs a process for
each. Each writes `FOLDER/MODEL-REPLICAS-WORKER.npz`: what the step logs, and
the variables before and after it. All have their own noise.
"""

import pathlib
import sys

import keras
import numpy as np
from keras import ops

from keras_semsynth import discriminators
from keras_semsynth import encoders
from keras_semsynth import gans
from keras_semsynth import generators
from keras_semsynth.training import open_strategy
from tests.gans.tiny_gans import NUM_CLASSES
from tests.gans.tiny_gans import SIZE
from tests.gans.tiny_gans import batch
from tests.gans.tiny_gans import tiny_pix2pixhd

# Eight on each of four devices. PyTorch's gradient of a small convolution of an
# image to one channel fails in the memory format that Keras gives it. Maps of
# the lowest resolution are one pixel, so that a mean over a batch is of as many
# numbers as images, and few of them amplify rounding.
IMAGES = 32
STARTS = 3
SPACE = NUM_CLASSES, (SIZE, SIZE)


def patches():
    return discriminators.MultiScalePatchDiscriminator(
        NUM_CLASSES, filters=2, num_scales=1, num_layers=2
    )


def style_encoder():
    return encoders.StyleEncoder(filters=1, style_dim=3)


def spade(**options):
    """With codes of an encoder, an average, and augmentation."""
    return gans.SPADE(
        generators.SPADEGenerator(
            *SPACE, filters=2, hidden_filters=1, style_dim=3, **options
        ),
        patches(),
        style_encoder(),
        ema_decay=0.5,
        augmentation=("color", "translation", "cutout"),
        augmentation_probability=0.5,
        adaptive_target=0.0,
        adaptive_images=80,
    )


def ccfpse():
    return gans.CCFPSE(
        generators.CCFPSEGenerator(
            *SPACE, filters=2, hidden_filters=1, style_dim=3
        ),
        discriminators.FPSEDiscriminator(NUM_CLASSES, filters=2),
        style_encoder(),
    )


def scgan():
    return gans.SCGAN(
        generators.SCGANGenerator(
            *SPACE,
            filters=2,
            start_filters=2,
            vector_filters=2,
            hidden_filters=2,
        ),
        patches(),
    )


def oasis():
    """With noise, the coins of LabelMix and pixels that show nothing."""
    return gans.OASIS(
        generators.OASISGenerator(*SPACE, filters=2, noise_dim=3),
        discriminators.OASISDiscriminator(NUM_CLASSES, (2, 2), 2),
        ema_decay=0.5,
        augmentation=("translation",),
    )


def dpgan():
    return gans.DPGAN(
        generators.DPGANGenerator(
            *SPACE, filters=2, noise_dim=3, pyramid_filters=2
        ),
        discriminators.DPGANDiscriminator(
            NUM_CLASSES,
            (2, 2),
            2,
            patch_filters=2,
            patch_taps=("down_0", "down_1"),
        ),
    )


def inade():
    return gans.SPADE(
        generators.INADEGenerator(*SPACE, filters=2, noise_dim=3),
        patches(),
        encoders.RegionStyleEncoder(NUM_CLASSES, 2, style_dim=3),
    )


def r3gan():
    return gans.R3GAN(
        generators.SPADEGenerator(*SPACE, filters=1, style_dim=3), patches()
    )


MODELS = {
    "spade": spade,
    "clade": lambda: spade(conditioning="clade"),
    "pix2pixhd": lambda: tiny_pix2pixhd(ema_decay=0.5),
    "ccfpse": ccfpse,
    "scgan": scgan,
    "oasis": oasis,
    "dpgan": dpgan,
    "inade": inade,
    "r3gan": r3gan,
}


def start(gan, seed):
    """The same numbers whatever the order of creation under a strategy.

    Kernels keep the size of features: new networks make flat images, of which
    instance normalization makes large numbers out of rounding.
    """
    random = np.random.RandomState(seed)
    for variable in gan.weights:
        if "float" not in variable.dtype:
            continue
        value = ops.convert_to_numpy(variable.value)
        noise = random.standard_normal(variable.shape)
        if len(variable.shape) > 1:
            value = noise * np.sqrt(2 / np.prod(variable.shape[:-1]))
        elif variable.path.endswith("moving_variance"):
            value = np.abs(value + 0.05 * noise) + 0.5
        elif "vector" not in variable.path:
            value = value + 0.05 * noise
        variable.assign(value.astype("float32"))
    if gan.ema_generator is not None:
        gan.ema_generator.set_weights(gan.generator.get_weights())


def values(gan):
    """Arrays by kind, number and path."""
    weights = {id(v) for v in gan.trainable_variables}
    averages = set()
    if gan.ema_generator is not None:
        averages = {id(v) for v in gan.ema_generator.variables}

    def kind(variable):
        name = variable.path.rpartition("/")[2]
        if "float" not in variable.dtype:
            return "seeds"
        if name in ("left_vector", "right_vector"):
            return "vectors"
        if id(variable) in averages and not name.startswith("moving"):
            return "averages"
        return "weights" if id(variable) in weights else "statistics"

    return {
        f"{kind(variable)}/{i}/{variable.path}": np.array(
            ops.convert_to_numpy(variable.value)
        )
        for i, variable in enumerate(gan.variables)
    }


def step(name, strategy, micro_batches, folder):
    keras.utils.set_random_seed(0)
    with strategy.scope():
        gan = MODELS[name]()
        # Plain descent: Adam's first step is a sign, which amplifies rounding.
        gan.compile(
            tuple(keras.optimizers.SGD(0.01) for _ in range(2)),
            clip_norm=1.0,
            micro_batches=micro_batches,
        )
    label_map, image = batch(IMAGES)
    # Not noise: regions of different frequency on every device.
    label_map = np.minimum(
        label_map[:, ::8, ::8], np.arange(IMAGES)[:, None, None]
    )
    label_map = label_map.repeat(8, 1).repeat(8, 2)

    def make_stream(workers=1, worker=0):
        import tensorflow as tf

        share = IMAGES // workers
        own = slice(worker * share, (worker + 1) * share)
        return tf.data.Dataset.from_tensors((label_map[own], image[own]))

    found = {}
    for seed in range(STARTS):
        start(gan, seed)
        found[f"{seed}/before"] = values(gan)
        logs = gan.fit(
            strategy.distribute(make_stream), shuffle=False, verbose=0
        ).history
        found[f"{seed}/loss"] = {key: value[0] for key, value in logs.items()}
        found[f"{seed}/after"] = values(gan)
    np.savez(
        folder / f"{name}-{strategy.num_replicas}-{strategy.worker}.npz",
        **{f"{a}/{b}": x for a, part in found.items() for b, x in part.items()},
    )


def main(names, replicas, micro_batches, folder):
    backend = keras.backend.backend()
    choice = {"tensorflow": "mirrored", "jax": "data_parallel"}
    strategy = open_strategy(
        choice.get(backend, "auto") if replicas > 1 else "auto",
        IMAGES,
        replicas if replicas > 1 and backend != "torch" else 0,
    )
    assert strategy.num_replicas == replicas
    for name in names.split(","):
        step(name, strategy, micro_batches, pathlib.Path(folder))
        # To clear the session would also forget what JAX shares a batch by.
        distribution = keras.distribution.distribution()
        keras.utils.clear_session(free_memory=False)
        keras.distribution.set_distribution(distribution)
    strategy.wait()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
