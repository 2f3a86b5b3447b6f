"""Trains a model: the same as `semsynth train`."""

import sys

from keras_semsynth.__main__ import main

if __name__ == "__main__":
    sys.exit(main([sys.argv[0], "train", *sys.argv[1:]]))
