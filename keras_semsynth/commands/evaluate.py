"""Scores generated images by the protocols of the papers.

    python evaluate.py --flagfile=configs/quickstart_evaluate.cfg
    python evaluate.py --run=runs/mine --protocol=spade --weights_dir=weights
    python evaluate.py --generated=images --real=photos --labels=labels \\
        --dataset=cityscapes --evaluation_dir=scores

Writes report.json, report.md, index.html (worst and best samples of each
class) and samples.png. A run knows the dataset it was trained on; flags given
here win.
"""

import os
import sys

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


def main(argv):
    """Parses the flags and evaluates.

    Args:
        argv: List of str, `argv[0]` the program.

    Returns:
        int, the exit status.
    """
    try:
        from keras_semsynth.evaluation import start

        return start.start(argv, __doc__)
    except KeyboardInterrupt:
        print("\nInterrupted; no report was written.", file=sys.stderr)
        return 130
