"""What a worker of a bulk generation does, without Apache Beam."""

import os
import tempfile
from collections.abc import Sequence

from keras_semsynth.bulk import files as bulk_files
from keras_semsynth.bulk.requests import Request
from keras_semsynth.bulk.requests import Result
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.synthesizer import Synthesizer

RUN_FILES = ("generator.keras", "encoder.keras", "dataset.json")


def open_run(run: str) -> Synthesizer:
    """Loads a run from wherever it is.

    Args:
        run: str. Run directory, or `generator.keras`.
    """
    if bulk_files.is_remote(run):
        with tempfile.TemporaryDirectory() as folder:
            synthesizer = Synthesizer.load(_download(run, folder))
    else:
        synthesizer = Synthesizer.load(run)
    synthesizer.require_layouts()
    return synthesizer


def answers(
    requests: Sequence[Request], renderer: Renderer, rounding: str = "nearest"
) -> list[Result]:
    """Makes the images of requests; one that fails fails alone.

    Args:
        requests: Sequence of `Request`.
        renderer: `Renderer`.
        rounding: As for `to_uint8`. Defaults to `"nearest"`.

    Returns:
        List of `Result`, in the order of the requests.
    """
    try:
        images = renderer.render(
            [request.layout for request in requests],
            [request.look for request in requests],
        )
    except Exception as error:  # of any backend, e.g. out of memory
        if len(requests) == 1:
            return [Result(requests[0], None, _describe(error))]
        return [
            result
            for request in requests
            for result in answers([request], renderer, rounding)
        ]
    return [
        Result(request, to_uint8(image, rounding))
        for request, image in zip(requests, images, strict=True)
    ]


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


def _describe(error):
    lines = str(error).strip().splitlines() or [""]
    return f"the generator failed ({type(error).__name__}: {lines[0]})"
