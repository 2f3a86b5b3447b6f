"""What one full-size generator costs, in a process of its own."""

import contextlib
import dataclasses
import functools
import pathlib
from unittest import mock

import keras
import numpy as np
from keras import ops
from PIL import Image
from training_step import in_turn
from training_step import peak_memory

from keras_semsynth import backend
from keras_semsynth import data
from keras_semsynth import experiments
from keras_semsynth.generators.exported import every_patch
from keras_semsynth.layers.distinct_patches import layout_patches
from keras_semsynth.layers.label_map import resize_label_map

CHANNELS, SIDE = 128, 256


def full_size_generator(model, side=256, num_classes=151):
    """Builds the published ADE20K generator of a model.

    Its weights are random, its spectral vectors and statistics those of some
    training steps.

    Args:
        model: str. Name of a preset `MODEL_ade20k_256`.
        side: int. Height and width of its images.
        num_classes: int. Ids of its layouts.
    """
    experiment = experiments.Experiment.from_preset(f"{model}_ade20k_256")
    # As published, modulations start close to zero: so would differences.
    experiment = experiment.replace(
        data=("ade20k", {"image_size": (side, side)}),
        generator={"initializer": "xavier_uniform"},
    )
    space = experiments.published_label_space(experiment)
    generator = experiments.build_generator(
        experiment, dataclasses.replace(space, num_classes=num_classes)
    )
    generator.build()
    random = np.random.default_rng(0)
    small = (side, side) if generator.fixed_size else (64, 64)
    for _ in range(2 if generator.fixed_size else 10):
        label_map = random.integers(0, num_classes, (2, *small))
        generator(label_map, training=True)
    return generator


def maker(generator, plain=False, function=None):
    """Returns a function that makes the images of label maps.

    Args:
        generator: A built `Generator`.
        plain: bool. Whether every pixel is computed, and by the program of
            training: what Keras's own `predict` would do without patches.
        function: Callable of the generator's tensors. Defaults to `None`: as
            the backend compiles it.
    """
    function = function or backend.compiled(generator)

    def make(label_map):
        given = {"label_map": label_map}
        if generator.latent_size is not None:
            shape = (len(label_map), *generator.latent_shape)
            latent = np.random.default_rng(1).normal(size=shape)
            given["latent"] = latent.astype("float32")
        with contextlib.ExitStack() as stack:
            if plain:
                stack.enter_context(every_patch(generator))
                stack.enter_context(
                    mock.patch.object(backend, "is_inference", lambda: False)
                )
            return ops.convert_to_numpy(function(**given))

    return make


def layouts(files, num_classes, size, batch, landscapes=3):
    """Returns names and batches of label maps, noise last.

    Args:
        files: Paths of PNG files of ids.
        num_classes: int. Ids are brought below it.
        size: int. Height and width that the files are brought to.
        batch: int. How often each is in its batch.
        landscapes: int. How many stand in for files, if there are none.
            Defaults to `3`.
    """
    found = {}
    for file in files:
        image = Image.open(file).resize((size, size), Image.Resampling.NEAREST)
        found[pathlib.Path(file).stem] = np.asarray(image, "int32")
    if not found:
        scenes = data.describe("landscapes", image_size=(size, size))
        for i in range(landscapes):
            found[f"landscape {i}"] = np.asarray(scenes.read(i).label_map)
    random = np.random.default_rng(0)
    found["noise"] = random.integers(0, num_classes, (size, size))
    return {
        name: np.stack(batch * [np.minimum(ids, num_classes - 1)]).astype(
            "int32"
        )
        for name, ids in found.items()
    }


def shares(generator, label_map):
    """Different patches over pixels, at every level from 64 rows on."""
    if not getattr(generator, "blocks_read_labels", False):
        return []
    if not backend.counts_distinct():
        return []
    found = []
    for i in range(len(generator.levels)):
        rows = label_map.shape[1] // 2**i
        if rows < 64:
            break
        small = resize_label_map(label_map, rows, rows)
        patches = layout_patches(
            small, None, generator.kernel_size, generator.num_classes
        )
        found.append(float(patches["count"]) / small.size)
    return found


def multiply_adds(generator, label_map):
    """Counted in TensorFlow's graph of one image; `0` on other backends."""
    if keras.backend.backend() != "tensorflow":
        return 0
    import tensorflow as tf
    from tensorflow.python.profiler import model_analyzer
    from tensorflow.python.profiler import option_builder

    with every_patch(generator):
        function = tf.function(lambda x: generator(x, training=False))
        graph = function.get_concrete_function(
            tf.TensorSpec((1, *label_map.shape[1:]), "int32")
        ).graph
    options = option_builder.ProfileOptionBuilder.float_operation()
    options["output"] = "none"
    profile = model_analyzer.profile(graph, options=options)
    return profile.total_float_ops // 2


def measure(model, settings):
    """Returns what a table says of one model.

    Args:
        model: str.
        settings: Flags of `speed.py`.
    """
    empty = peak_memory()
    generator = full_size_generator(model, settings.size)
    batches = layouts(
        settings.layouts, generator.num_classes, settings.size, settings.batch
    )
    rows, held = [], None
    make, make_plainly = maker(generator), maker(generator, plain=True)
    for name, label_map in batches.items():
        functions = [
            functools.partial(make, label_map),
            functools.partial(make_plainly, label_map),
        ]
        image = functions[0]()
        held = held or peak_memory() - empty
        difference = np.abs(image - functions[1]()).max()
        seconds = in_turn(functions, settings.runs)
        rows.append(
            {
                "layout": name,
                "chosen": seconds[0],
                "plain": seconds[1],
                "shares": shares(generator, label_map),
                "difference": float(difference),
            }
        )
    return {
        "rows": rows,
        "bytes": held,
        "convolution": one_convolution(settings.runs),
        "multiply_adds": multiply_adds(generator, label_map),
    }


def one_convolution(runs):
    """Median seconds of a 3x3 convolution, 128 to 128 channels, 256x256."""
    layer = keras.layers.Conv2D(CHANNELS, 3, padding="same")
    inputs = keras.Input((None, None, CHANNELS))
    function = backend.compiled(keras.Model(inputs, layer(inputs)))
    features = keras.random.normal((1, SIDE, SIDE, CHANNELS))

    def run():
        return ops.convert_to_numpy(function(inputs=features))

    run()
    (seconds,) = in_turn([run], runs)
    return seconds
