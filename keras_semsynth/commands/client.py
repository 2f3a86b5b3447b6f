"""Turns label maps into images with a model that a server runs.

    semsynth client --input=labels/ --output=images/ \\
      --url=http://localhost:8501/v1/models/spade

The server is TensorFlow Serving with a model that semsynth export
wrote; grpc://localhost:8500/v1/models/spade speaks gRPC to it. Every label map
in the input folder, at any depth, becomes one PNG of the same name.

A label map that the model refuses is named and skipped; the exit status is
then 1. If the server is down, overloaded for long, has no such model or lets
nobody in, the command stops; what was written stays, and --skip_existing goes
on from there.

Who asks is said by SEMSYNTH_TOKEN, or SEMSYNTH_USER and SEMSYNTH_PASSWORD, in
the environment, or by a file with --credentials; never by a flag itself.
"""

import functools

from keras_semsynth.client import synthesize_folder
from keras_semsynth.commands.command import Command
from keras_semsynth.commands.generate import say_skipped
from keras_semsynth.commands.generate import tell


@functools.wraps(synthesize_folder)
def _synthesize_folder(**arguments):
    return synthesize_folder(**arguments, on_skip=say_skipped)


main = Command(
    _synthesize_folder,
    __doc__,
    short=("url", "input", "output", "seed", "style", "skip_existing"),
    finish=tell,
)
