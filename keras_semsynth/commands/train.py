"""Trains a model that turns label maps into photographs.

    python train.py --flagfile=configs/quickstart.cfg
    python train.py --dataset=folder --image_dir=photos --label_dir=labels \\
        --num_classes=11 --perceptual_weights=off --run_dir=runs/mine

Stop it at any moment and run the same command again: it resumes. A flag given
after --flagfile wins over the file. KERAS_BACKEND=tensorflow, jax or torch
chooses the backend.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def main(argv, flag_values=None):
    """Parses the flags and trains.

    Args:
        argv: List of str, `argv[0]` the program.
        flag_values: `absl.flags.FlagValues`. Defaults to `None`: absl's.

    Returns:
        int, the exit status.
    """
    try:
        from keras_semsynth.commands.command_line import parse_flags
        from keras_semsynth.training import flags  # noqa: F401
        from keras_semsynth.training import start

        values = parse_flags(
            argv, __doc__, start.MODULES, flag_values=flag_values
        )
        return start.start(values)
    except KeyboardInterrupt:
        print("\nInterrupted; what was saved is intact.", file=sys.stderr)
        return 130
