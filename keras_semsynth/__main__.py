"""`semsynth COMMAND`, the same as `python -m keras_semsynth COMMAND`."""

import difflib
import importlib
import sys

from keras_semsynth.program import quiet_start

COMMANDS = {
    "train": "train a model, or go on with a run",
    "evaluate": "score a run, or a folder of images",
    "generate": "turn a folder of label maps into images",
    "serve": "a page to paint layouts on",
    "export": "a SavedModel, or a file for ONNX or LiteRT",
    "client": "ask a model server for images",
    "explain": "pictures of what the networks look at",
    "convert": "official PyTorch weights to Keras",
    "presets": "list models with weights, and those to train",
    "check_data": "check a dataset, and print the flags to use",
    "pack": "store a dataset at the size of training",
    "train_scorer": "train a segmentation network to score with",
    "segment": "make label maps of photographs",
    "coco_instances": "draw the instance maps of COCO-Stuff",
}


def main(argv: list[str] | None = None) -> int:
    """Runs one of the commands.

    Args:
        argv: List of str, `argv[0]` the program, `argv[1]` the command.
            Defaults to `sys.argv`.

    Returns:
        int, the exit status: 2 if there is no such command.
    """
    argv = list(sys.argv if argv is None else argv)
    name = argv[1] if len(argv) > 1 else "--help"
    if name in ("-h", "--help", "help"):
        print("semsynth COMMAND [--flag=value ...]\n")
        for command, purpose in COMMANDS.items():
            print(f"  {command:15} {purpose}")
        print("\nsemsynth COMMAND --help lists the flags of a command.")
        return 0
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        print(
            f"Error: There is no command {name!r}{hint}; choose one of "
            f"{', '.join(COMMANDS)}.",
            file=sys.stderr,
        )
        return 2
    with quiet_start():
        module = importlib.import_module(f"keras_semsynth.commands.{name}")
    return module.main([f"{argv[0]} {name}", *argv[2:]])


if __name__ == "__main__":
    sys.exit(main())
