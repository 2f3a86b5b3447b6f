"""Loads the servers of one model: many clients at once, every answer checked.

Exports a run, starts it behind TensorFlow Serving's gRPC messages (the
stand-in of `tests/serving_doubles`) with and without batching, and behind the
painting page, and sends the same requests to each. Every image is compared with
that of `Synthesizer`. Then counts the bytes of one round trip.

Run: python benchmarks/serving.py [--run=RUN] [--requests=200] [--clients=8]
"""

import contextlib
import pathlib
import re
import sys
import tempfile
import threading
import time
from concurrent import futures

import numpy as np
from absl import app
from absl import flags
from absl import logging
from server_process import ROOT
from server_process import server_process

from keras_semsynth import data
from keras_semsynth.client import Client
from keras_semsynth.client import grpc_connection
from keras_semsynth.client import rest_connection
from keras_semsynth.client.wire_images import layout_to_png
from keras_semsynth.export import export_saved_model
from keras_semsynth.files.images import read_image
from keras_semsynth.synthesis.synthesizer import Synthesizer

FLAGS = flags.FLAGS
flags.DEFINE_string("run", "landscapes", "Run directory, or name of a model.")
flags.DEFINE_integer("requests", 200, "Requests to each server.", lower_bound=1)
flags.DEFINE_integer("clients", 8, "Clients at once.", lower_bound=1)
flags.DEFINE_integer("layouts", 20, "Different layouts.", lower_bound=1)
flags.DEFINE_list(
    "servers",
    ["grpc", "grpc_batching", "page", "page_batching"],
    "Which servers to load.",
)

BATCHING = ROOT / "deploy" / "batching.txt"
# Images of 8 bits, computed by two programs: one level of rounding.
TOLERANCE = 1


def main(argv):
    del argv
    logging.set_verbosity(logging.WARNING)  # httpx tells every request
    synthesizer = Synthesizer.from_preset(FLAGS.run)
    size = synthesizer.inputs.supported_size(synthesizer.generator.image_size)
    layouts = _layouts(synthesizer, size, FLAGS.layouts)
    # One request an image: no answer is right by accident.
    jobs = [(layouts[i % len(layouts)], i) for i in range(FLAGS.requests)]
    expected = [synthesizer.synthesize(*_ordered(job))[0] for job in jobs]
    print(
        f"{FLAGS.requests} requests of {size[0]}x{size[1]} from "
        f"{FLAGS.clients} clients, {FLAGS.run}"
    )
    with tempfile.TemporaryDirectory() as folder:
        served = pathlib.Path(folder) / "model"
        started = time.monotonic()
        export_saved_model(synthesizer, served, FLAGS.run)
        print(f"export {time.monotonic() - started:.1f} s")
        print(
            "| server | images/s | p50 ms | p95 ms | p99 ms | repeated | lost "
            "| wrong | rows a batch |"
        )
        print("| --- |" + " ---: |" * 8)
        for name in FLAGS.servers:
            _load_server(name, FLAGS.run, served, jobs, expected)
        _print_bytes(synthesizer, served)


def _load_server(name, run, served, jobs, expected):
    kind, _, batching = name.partition("_")
    start = {"grpc": _grpc_server, "page": _page}[kind]
    log = []
    with start(run, served, bool(batching), log) as ask:
        seconds, times, images, repeated = _load(ask, jobs)
    lost = sum(image is None for image in images)
    wrong = sum(
        image is not None and not _same(image, right)
        for image, right in zip(images, expected, strict=True)
    )
    p50, p95, p99 = 1000 * np.percentile(times, [50, 95, 99])
    rows = re.search(r"Rows a batch: (\S+)", "".join(log))
    print(
        f"| {name} | {(len(jobs) - lost) / seconds:.1f} | {p50:.0f} | "
        f"{p95:.0f} | {p99:.0f} | {repeated} | {lost} | {wrong} | "
        f"{rows[1] if rows else '-'} |",
        flush=True,
    )


def _load(ask, jobs):
    """Sends all jobs; returns seconds, times, images and repetitions."""
    with futures.ThreadPoolExecutor(FLAGS.clients) as pool:
        # First requests are slow (TensorFlow Serving's are too, without its
        # warm-up file) and are not counted.
        list(pool.map(lambda job: ask(*job), jobs[: 2 * FLAGS.clients]))
        times, repeated, lock = [], [0], threading.Lock()

        def timed(job):
            began = time.monotonic()
            try:
                image, repetitions = ask(*job)
            except OSError as error:
                print(f"Lost: {error}", file=sys.stderr)
                return None
            with lock:
                times.append(time.monotonic() - began)
                repeated[0] += repetitions
            return image

        began = time.monotonic()
        images = list(pool.map(timed, jobs))
        return time.monotonic() - began, times, images, repeated[0]


@contextlib.contextmanager
def _grpc_server(run, served, batching, log):
    with _grpc_client(served, batching, log) as client:
        yield lambda layout, seed: (client.synthesize(layout, seed), 0)


@contextlib.contextmanager
def _grpc_client(served, batching, log):
    command = [
        "-m",
        "tests.serving_doubles.grpc_server",
        f"--model={served}",
        "--port=0",
    ]
    if batching:
        command.append(f"--batching_parameters_file={BATCHING}")
    with server_process(command, r"grpc://\S+", log) as (_, url):
        with Client(url) as client:
            yield client


@contextlib.contextmanager
def _page(run, served, batching, log):
    import httpx

    command = [
        "-m",
        "keras_semsynth",
        "serve",
        f"--run={run}",
        "--port=0",
    ]
    command += ["--noopen", f"--max_batch={8 if batching else 1}"]
    with (
        server_process(command, r"http://\S+", log) as (_, url),
        httpx.Client() as http,
    ):

        def ask(layout, seed):
            for repetitions in range(20):
                answer = http.post(
                    f"{url}api/image?seed={seed}",
                    content=layout_to_png(layout),
                    headers={"Content-Type": "image/png"},
                    timeout=60,
                )
                if answer.status_code == 200:
                    return read_image(answer.content), repetitions
                if answer.status_code != 503:
                    raise OSError(answer.text)
                time.sleep(float(answer.headers["Retry-After"]))
            raise OSError("overloaded for long")

        yield ask


def _print_bytes(synthesizer, served):
    """Prints what one layout of 256x256 costs in each form."""
    from tensorflow import make_tensor_proto
    from tensorflow_serving.apis import predict_pb2

    size = synthesizer.inputs.supported_size((256, 256))
    (layout,) = _layouts(synthesizer, size, 1)
    file = np.empty(1, object)
    file[:] = [layout_to_png(layout)]
    seed = np.array([7], "int64")
    forms = {
        "`png_seeded`": ("png_seeded", {"label_png": file, "seed": seed}),
        "`seeded`, numbers": (
            "seeded",
            {"label_map": layout[None].astype("int32"), "seed": seed},
        ),
    }
    print(f"\nBytes of one round trip, {size[0]}x{size[1]}, without headers:\n")
    print("| form | request | answer | both |")
    print("| --- | ---: | ---: | ---: |")
    with _grpc_client(served, False, []) as client:
        for name, (signature, inputs) in forms.items():
            output = client.predict(signature, inputs)
            message = grpc_connection.encode_request(
                client.address, signature, inputs
            )
            answer = predict_pb2.PredictResponse()
            answer.outputs["image"].CopyFrom(make_tensor_proto(output))
            for protocol, request, response in (
                (
                    "REST",
                    len(rest_connection.encode_request(signature, inputs)),
                    len(_json_answer(output)),
                ),
                ("gRPC", message.ByteSize(), answer.ByteSize()),
            ):
                print(
                    f"| {name}, {protocol} | {request:,} | {response:,} | "
                    f"{request + response:,} |"
                )


def _json_answer(output):
    """The body with which TensorFlow Serving would answer, without spaces."""
    if output.dtype == object:
        # Four letters for three bytes.
        b64 = 4 * -(-len(output[0]) // 3)
        return b'{"predictions":[{"b64":"' + b"A" * b64 + b'"}]}'

    def rows(values):
        if values.ndim:
            return f"[{','.join(rows(value) for value in values)}]"
        # Six digits, or nine where six are not enough.
        text = f"{values:.6g}"
        return text if np.float32(text) == values else f"{values:.9g}"

    return f'{{"predictions":{rows(output)}}}'.encode()


def _layouts(synthesizer, size, count):
    """Layouts of the landscapes dataset, in the classes of a model."""
    dataset = data.describe("landscapes", image_size=size, count=count)
    return [
        dataset.read(i).label_map.astype("int32") % len(synthesizer.classes)
        for i in range(count)
    ]


def _ordered(job):
    layout, seed = job
    return layout, None, seed


def _same(image, right):
    if image.shape != right.shape:
        return False
    difference = np.abs(image.astype("int32") - right.astype("int32"))
    return difference.max() <= TOLERANCE


if __name__ == "__main__":
    app.run(main)
