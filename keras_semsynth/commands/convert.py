"""`semsynth convert`: official `.pth` weights to Keras.

    semsynth convert --network=spade_generator \\
        --input=latest_net_G.pth --output=generator.keras

Whatever the shapes in the file tell is read from them. Pass the rest as it was
in training: --image_size, --upsampling, --use_edge_map, --normalization.
"""

import os
import sys
import tempfile

from absl import flags

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags

MODULE = "keras_semsynth.commands.convert"
# Flags that become options of `from_official` when they are given.
_OPTIONS = (
    "image_size",
    "upsampling",
    "num_classes",
    "use_edge_map",
    "normalization",
    "style_dim",
    "filters",
    "max_filters",
    "image_channels",
    "name",
)


def define_flags(flag_values=flags.FLAGS):
    """Defines the flags of this command.

    Args:
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.
    """
    from keras_semsynth.checkpoints.registry import CONVERTERS

    keyword = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_enum(
        "network",
        None,
        sorted(CONVERTERS),
        "Which official network the file holds.",
        **keyword,
    )
    flags.DEFINE_string(
        "input",
        None,
        "State dict of PyTorch (.pth), such as latest_net_G.pth. Nothing in "
        "it is executed.",
        **keyword,
    )
    flags.DEFINE_string(
        "output",
        None,
        "Where to write the network: a whole model (.keras) or its weights "
        "only (.weights.h5).",
        **keyword,
    )
    flags.DEFINE_bool(
        "overwrite", False, "Replace --output if it exists.", **keyword
    )
    flags.DEFINE_string(
        "image_size",
        None,
        "Size of the training images in pixels, HEIGHTxWIDTH. For generators. "
        "Default: 256x256, or the square that a style code's layer tells.",
        **keyword,
    )
    flags.DEFINE_enum(
        "upsampling",
        None,
        ["normal", "more", "most"],
        "Number of doublings of a SPADE generator: 5, 6 ('more', Cityscapes) "
        "or 7. Shapes tell 'most' only. Default: normal.",
        **keyword,
    )
    flags.DEFINE_integer(
        "num_classes",
        None,
        "Classes of the label map, the unknown class included. Default: all "
        "semantic channels, less the edge map with --use_edge_map.",
        lower_bound=1,
        **keyword,
    )
    flags.DEFINE_bool(
        "use_edge_map",
        None,
        "Whether the last semantic channel is the instance edge map (official "
        "models of COCO-Stuff and Cityscapes). Default: no, unless "
        "--num_classes leaves one channel.",
        **keyword,
    )
    flags.DEFINE_enum(
        "normalization",
        None,
        ["sync_batch", "batch", "instance", "none"],
        "Normalization. Shapes tell all but sync_batch from batch. Default "
        "of these two: sync_batch.",
        **keyword,
    )
    for name, text in (
        ("style_dim", "Length of the style code"),
        ("filters", "Width of the network"),
        ("max_filters", "Cap of a discriminator's width"),
        ("image_channels", "Channels of the images a network reads"),
    ):
        flags.DEFINE_integer(
            name,
            None,
            f"{text}. Default: from the file.",
            lower_bound=1,
            **keyword,
        )
    flags.DEFINE_string("name", None, "Name of the Keras model.", **keyword)


def check(values):
    """Checks the flags before anything is read.

    Args:
        values: Parsed `flags.FlagValues`.

    Raises:
        UsageError: If flags are missing or wrong, or `--output` exists.
    """
    for name in ("network", "input", "output"):
        if not values[name].value:
            raise UsageError(f"--{name} must be set; see --help.")
    output = values.output
    if not output.endswith((".keras", ".weights.h5")):
        raise UsageError(
            "--output must end in .keras (whole model) or .weights.h5 "
            f"(weights only). Received: --output={output}."
        )
    if os.path.exists(output) and not values.overwrite:
        raise UsageError(
            f"--output={output} exists. Choose another name, or pass "
            "--overwrite to replace it."
        )
    _parse_size(values.image_size)


def convert(values):
    """Converts as checked flags say.

    Args:
        values: Parsed `flags.FlagValues`.

    Returns:
        The converted `keras.Model`.

    Raises:
        ValueError: If the file is damaged or does not fit the network.
        TypeError: If the network has no such option.
        FileNotFoundError: If there is no `--input`.
    """
    from keras_semsynth import checkpoints

    options = {
        name: values[name].value
        for name in _OPTIONS
        if values[name].value is not None
    }
    if "image_size" in options:
        options["image_size"] = _parse_size(options["image_size"])
    model = checkpoints.from_official(values.network, values.input, **options)
    _save(model, values.output)
    return model


def _parse_size(text):
    if text is None:
        return None
    try:
        height, width = (int(part) for part in text.lower().split("x"))
    except ValueError:
        raise UsageError(
            "--image_size must be HEIGHTxWIDTH in pixels, such as 256x512. "
            f"Received: --image_size={text}."
        ) from None
    return height, width


def _save(model, output):
    """Write beside the target first: no half-written file is ever seen."""
    folder = os.path.dirname(os.path.abspath(output))
    os.makedirs(folder, exist_ok=True)
    ending = ".keras" if output.endswith(".keras") else ".weights.h5"
    with tempfile.TemporaryDirectory(dir=folder, prefix=".convert-") as work:
        path = os.path.join(work, f"converted{ending}")
        if ending == ".keras":
            model.save(path)
        else:
            model.save_weights(path)
        os.replace(path, output)


def main(argv=None):
    """Runs the command.

    Args:
        argv: List of str, `argv[0]` the program. Defaults to `sys.argv`.

    Returns:
        int, the exit status.
    """
    flag_values = flags.FlagValues()
    define_flags(flag_values)
    values = parse_flags(
        list(argv or sys.argv), __doc__, [MODULE], os.getcwd(), flag_values
    )
    with one_sentence():
        check(values)
    try:
        model = convert(values)
    # Several lines: a list of keys would be no sentence.
    except (ValueError, TypeError, OSError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    told = ", ".join(
        f"{key}={value}"
        for key, value in model.get_config().items()
        if key not in ("name", "dtype", "trainable") and "initial" not in key
    )
    print(f"{values.output}: {type(model).__name__}({told})")
    print(f"{model.count_params():,} numbers")
    return 0
