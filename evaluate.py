"""Scores a model: the same as `semsynth evaluate`."""

import sys

from keras_semsynth.__main__ import main

if __name__ == "__main__":
    sys.exit(main([sys.argv[0], "evaluate", *sys.argv[1:]]))
