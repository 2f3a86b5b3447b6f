"""`semsynth convert`: official `.pth` weights to Keras.

    semsynth convert --network=spade_generator \\
        --input=latest_net_G.pth --output=generator.keras

Whatever the shapes in the file tell is read from them. Pass the rest as it was
in training: --image_size, --upsampling, --use_edge_map, --normalization.
"""

import keras

from keras_semsynth.checkpoints import convert
from keras_semsynth.commands.command import Command


def _tell(model: keras.Model) -> None:
    told = ", ".join(
        f"{key}={value}"
        for key, value in model.get_config().items()
        if key not in ("name", "dtype", "trainable") and "initial" not in key
    )
    print(f"{type(model).__name__}({told})")
    print(f"{model.count_params():,} numbers")


main = Command(
    convert,
    __doc__,
    short=("network", "input", "output"),
    finish=_tell,
    # A file that does not fit is said with all its keys.
    lists=True,
)
