"""Trains in a process that gets no more memory once its run is prepared."""

import resource
import sys
from unittest import mock

from keras_semsynth import training
from tests.training.test_train import TINY

ROOM = 256 * 2**20


def main(run_dir):
    experiment = TINY.replace(
        data={"image_size": (128, 128), "count": 64},
        generator={"filters": 8},
        run={"run_dir": run_dir, "batch_size": 64},
    )
    trainer = training.prepare(experiment)
    with open("/proc/self/statm", encoding="utf-8") as file:
        used = int(file.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + ROOM, used + ROOM))
    with mock.patch.object(
        sys.modules[training.train.__module__], "prepare", return_value=trainer
    ):
        try:
            training.train(experiment)
        except training.TrainingError as error:
            print("SENTENCE", error)


if __name__ == "__main__":
    main(sys.argv[1])
