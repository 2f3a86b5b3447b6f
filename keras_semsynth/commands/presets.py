"""Lists the models that have names.

    semsynth presets

First those whose weights come with the package: their names go wherever a run
directory goes, as in `semsynth generate --run=landscapes`. Then the experiments
of the papers, which are configurations: `semsynth train --preset=NAME` trains
them.
"""

from keras_semsynth.commands.command import Command
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.model_hubs import HUGGING_FACE
from keras_semsynth.files.model_hubs import KAGGLE
from keras_semsynth.presets import PRESETS
from keras_semsynth.synthesis import shipped_models


def list_models() -> str:
    """Lists models with weights, and presets without.

    Returns:
        str, a line each.
    """
    lines = ["With weights (--run=NAME, Synthesizer.from_preset):"]
    for name, folder in shipped_models().items():
        dataset = read_dataset_file(folder / "dataset.json")
        height, width = dataset["image_size"]
        lines.append(
            f"  {name:32} {height}x{width}, {dataset['num_classes']} classes; "
            "comes with the package"
        )
    lines += [
        f"  {HUGGING_FACE + 'user/name':32} from Hugging Face's hub",
        f"  {KAGGLE + 'user/model/keras/variation':32} from Kaggle",
        "",
        "Configuration only (train --preset=NAME, Experiment.from_preset):",
        "their data, and millions of numbers in generator and discriminator:",
    ]
    for name, preset in PRESETS.items():
        data, _ = preset["parts"].get("data", ("landscapes", {}))
        parameters = preset["parameters"]
        sizes = ", ".join(
            f"{parameters[part] / 1e6:.1f}"
            for part in ("generator", "discriminator")
            if part in parameters
        )
        lines.append(f"  {name:32} {data:16} {sizes}".rstrip())
    lines.append(
        "Rows of the papers' tables are presets too: configs/ablations."
    )
    return "\n".join(lines)


main = Command(list_models, __doc__, finish=print)
