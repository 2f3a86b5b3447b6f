"""Opens hostile files with little memory; run as a process of its own.

Prints a line of JSON for each file: its name, size, sentence, seconds and the
memory in MiB that opening it took at its peak.
"""

import json
import pathlib
import resource
import sys
import tempfile
import time

import keras
import numpy as np

from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.json_file import JSONError
from keras_semsynth.files.network_reading import NetworkFileError
from keras_semsynth.files.network_reading import load_network
from keras_semsynth.scorers import UNetSegmenter
from tests.files import hostile_json
from tests.files import hostile_keras
from tests.files.test_json_file import DATASET
from tests.files.test_keras_archive import ADVICE
from tests.files.test_keras_archive import make_files

LIMIT = 2**30
SEED = 15


def status(name):
    """Bytes that `/proc` says of this process."""
    for line in pathlib.Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) * 1024
    raise KeyError(name)


def mutations(whole, count):
    """Yields archives with some bytes of a member changed, moved or cut."""
    random = np.random.default_rng(SEED)
    for number in range(count):
        name = sorted(whole)[number % 3]
        data = bytearray(whole[name])
        for _ in range(int(random.integers(1, 9))):
            place = int(random.integers(len(data)))
            # Most of a file of weights is numbers: its beginning is not.
            if random.integers(2):
                place = int(random.integers(min(len(data), 4096)))
            kind = random.integers(4)
            if kind == 0:
                data[place] = random.integers(256)
            elif kind == 1:
                data[place] ^= 1 << int(random.integers(8))
            elif kind == 2:
                data[place : place + 8] = random.bytes(8)
            else:
                del data[place : place + int(random.integers(1, 9))]
        archive = hostile_keras.pack({**whole, name: bytes(data)})
        if number % 5 == 0:
            place = int(random.integers(len(archive)))
            archive = archive[:place] + random.bytes(4) + archive[place + 4 :]
        yield f"{number} {name}", archive


def open_all(folder, kind):
    path, whole, hostile = make_files(folder)
    load_network(path, UNetSegmenter, ADVICE)  # What is made once is made.
    used = status("VmSize")
    resource.setrlimit(resource.RLIMIT_AS, (used + LIMIT, used + LIMIT))
    made = pathlib.Path(folder, "hostile.keras")
    if kind == "mutations":
        for name, data in mutations(whole, 600):
            made.write_bytes(data)
            report(name, made, lambda: load(made))
        return
    for name, (data, _) in hostile.items():
        made.write_bytes(data)
        report(f"keras {name}", made, lambda: load(made))
    described = pathlib.Path(folder, "dataset.json")
    texts = {name: data for name, (data, _) in hostile_json.texts().items()}
    for name, (content, _) in hostile_json.changes(DATASET).items():
        texts[name] = json.dumps(content).encode()
    for name, data in texts.items():
        described.write_bytes(data)
        report(f"json {name}", described, lambda: read_dataset_file(described))


def load(path):
    network = load_network(path, UNetSegmenter, ADVICE)
    network(np.zeros((1, 16, 16, 3), "float32"))


def report(name, path, action):
    pathlib.Path("/proc/self/clear_refs").write_text("5")
    before, start = status("VmRSS"), time.monotonic()
    sentence = None
    try:
        action()
    except (NetworkFileError, JSONError) as error:
        sentence = str(error).replace(str(path), path.name)
    row = {
        "name": name,
        "bytes": path.stat().st_size,
        "sentence": sentence,
        "seconds": round(time.monotonic() - start, 3),
        "MiB": round(max(0, status("VmHWM") - before) / 2**20, 1),
    }
    print(json.dumps(row), flush=True)


def main():
    with tempfile.TemporaryDirectory() as folder:
        open_all(folder, sys.argv[1])
        left = sorted(path.name for path in pathlib.Path(folder).iterdir())
    print(json.dumps({"left": left, "backend": keras.backend.backend()}))


if __name__ == "__main__":
    main()
