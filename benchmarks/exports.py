"""Times a full-size generator in the formats that it is exported to.

The published SPADE of ADE20K with random weights, images of 256x256, one at a
time. It is saved and exported once. Then every row has a process of its own,
which imports what its format needs and nothing else: `plain` is the Keras
network with every pixel computed, `renderer` what the package does with it.
Prints a Markdown table: seconds of an image, over those of the plain network
and over those of the renderer, its processor seconds (other programs change
them little), the largest difference from the plain network's image in grey
levels, the size of the file, and the most memory of the process.

Layouts are PNG files of ids; sizes and ids are brought into range. Without any
there is a landscape. One of noise comes last.

Run: python benchmarks/exports.py [--layouts=A.png,B.png] [--runs=5]
Needs the extras `onnx` and `litert`. TensorFlow only.
"""

import json
import pathlib
import sys
import tempfile
import time

import numpy as np
from absl import app
from absl import flags
from training_step import in_new_process
from training_step import in_turn
from training_step import peak_memory

FLAGS = flags.FLAGS
flags.DEFINE_string("model", "spade", "Of the preset NAME_ade20k_256.")
flags.DEFINE_list("formats", ["saved_model", "onnx", "litert"], "Exports.")
flags.DEFINE_list("layouts", [], "PNG files of ids.")
flags.DEFINE_integer("size", 256, "Height and width in pixels.")
flags.DEFINE_integer("threads", 2, "Of every process.", lower_bound=1)
flags.DEFINE_integer("runs", 5, "Timed images of each.", lower_bound=1)
flags.DEFINE_string("folder", None, "Of the exports; a temporary one if unset.")
flags.DEFINE_string("one", None, "Export, or measure this row, in --folder.")


def main(argv):
    del argv
    if FLAGS.one:
        step = export if FLAGS.one == "export" else measure
        print(json.dumps(step(pathlib.Path(FLAGS.folder))))
        return
    with tempfile.TemporaryDirectory() as folder:
        print_rows(pathlib.Path(FLAGS.folder or folder))


def print_rows(folder):
    def step(name):
        arguments = [*sys.argv[1:], f"--folder={folder}", f"--one={name}"]
        return in_new_process(__file__, *arguments)

    sizes = step("export")
    print(
        "| format | layout | image, s | of plain | of renderer | processor, s "
        "| difference, grey levels | file, MiB | memory, MiB |"
    )
    print("| --- | --- |" + " ---: |" * 7, flush=True)
    rows = {name: step(name) for name in ("plain", "renderer", *FLAGS.formats)}
    for name, row in rows.items():
        for layout, seconds in row["seconds"].items():
            right, image = (
                np.load(folder / f"{kind}.npz")[layout]
                for kind in ("plain", name)
            )
            plain, renderer = (
                seconds / rows[kind]["seconds"][layout]
                for kind in ("plain", "renderer")
            )
            print(
                f"| {name} | {layout} | {seconds:.2f} | {plain:.2f} "
                f"| {renderer:.2f} | {row['processor_seconds'][layout]:.2f} "
                f"| {127.5 * np.abs(image - right).max():.0e} "
                f"| {sizes.get(name, sizes['plain']) / 2**20:.0f} "
                f"| {row['bytes'] / 2**20:.0f} |",
                flush=True,
            )


def export(folder):
    """Writes a generator in all formats, and layouts; returns bytes."""
    from full_size import full_size_generator
    from full_size import layouts

    from keras_semsynth.export import export_run

    generator = full_size_generator(FLAGS.model, FLAGS.size)
    found = layouts(
        FLAGS.layouts, generator.num_classes, FLAGS.size, 1, landscapes=1
    )
    np.savez(folder / "layouts.npz", **found)
    run = folder / "generator.keras"
    generator.save(run)
    sizes = {"plain": run.stat().st_size}
    for name in FLAGS.formats:
        version = export_run(run, folder / name, format=name)
        files = [file for file in version.rglob("*") if file.is_file()]
        sizes[name] = sum(file.stat().st_size for file in files)
    return sizes


def measure(folder):
    """Makes and times the images of one row; returns seconds and bytes."""
    run = LOADERS[FLAGS.one](folder)
    images, seconds, processor = {}, {}, {}
    for layout, label_map in np.load(folder / "layouts.npz").items():
        images[layout] = run(label_map)
        began = time.process_time()
        (seconds[layout],) = in_turn([lambda x=label_map: run(x)], FLAGS.runs)
        processor[layout] = (time.process_time() - began) / FLAGS.runs
    np.savez(folder / f"{FLAGS.one}.npz", **images)
    return {
        "seconds": seconds,
        "processor_seconds": processor,
        "bytes": peak_memory(),
    }


def load_plain(folder):
    load_tensorflow()
    from full_size import maker

    from keras_semsynth import Synthesizer

    generator = Synthesizer.from_preset(folder / "generator.keras").generator
    return maker(generator, plain=True)


def load_renderer(folder):
    load_tensorflow()
    from keras_semsynth import Synthesizer
    from keras_semsynth.synthesis.look import Look

    synthesizer = Synthesizer.from_preset(folder / "generator.keras")
    synthesizer.renderer.compile_after = 0

    def run(label_map):
        layouts = [synthesizer.layout(label_map[0])]
        return np.stack(synthesizer.renderer.render(layouts, [Look(seed=0)]))

    return run


def load_saved_model(folder):
    tf = load_tensorflow()
    model = tf.saved_model.load(str(folder / "saved_model" / "1"))

    def run(label_map):
        signature = model.signatures["serving_default"]
        return signature(label_map=tf.constant(label_map))["image"].numpy()

    return run


def load_onnx(folder):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = FLAGS.threads
    session = onnxruntime.InferenceSession(
        folder / "onnx" / "1" / "model.onnx",
        options,
        providers=["CPUExecutionProvider"],
    )
    return lambda label_map: session.run(["image"], {"label_map": label_map})[0]


def load_litert(folder):
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(
        str(folder / "litert" / "1" / "model.tflite"),
        num_threads=FLAGS.threads,
    )
    run = interpreter.get_signature_runner()
    return lambda label_map: run(label_map=label_map)["image"]


def load_tensorflow():
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(FLAGS.threads)
    tf.config.threading.set_inter_op_parallelism_threads(FLAGS.threads)
    return tf


LOADERS = {
    "plain": load_plain,
    "renderer": load_renderer,
    "saved_model": load_saved_model,
    "onnx": load_onnx,
    "litert": load_litert,
}


if __name__ == "__main__":
    app.run(main)
