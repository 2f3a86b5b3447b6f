"""What to train on one's own photographs, by their number and the machine."""

import dataclasses
import math
import types
from collections.abc import Mapping

from keras_semsynth import backend
from keras_semsynth.experiments.experiment import Experiment
from keras_semsynth.experiments.parts import Part

PRESET = "spade"
# Sides that every generator can make.
_MULTIPLE = 32
# What the discriminator may not learn by heart of few photographs.
_AUGMENTED = ("color", "translation", "cutout")


@dataclasses.dataclass(frozen=True)
class Machine:
    """A machine to train on.

    Args:
        title: str, as texts call it.
        memory_bytes: int. Of the accelerator, or of the whole machine.
    """

    title: str
    memory_bytes: int


MACHINES: Mapping[str, Machine] = types.MappingProxyType(
    {
        "cpu": Machine("a CPU with 16 GB", 16 * 2**30),
        "gpu_8gb": Machine("a GPU with 8 GB", 8 * 2**30),
        "gpu_24gb": Machine("a GPU with 24 GB", 24 * 2**30),
    }
)


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What to train on about so many pairs, on a machine.

    Args:
        pairs: int. Photographs with their label maps.
        machine: str. A key of `MACHINES`.
        longest_side: int. Pixels of the longer side of an image.
        filters: int. Width of the generator and of the discriminator.
        hidden_filters: int. Width of the generator's label embedding.
        batch_size: int.
        epochs: int. The second half lowers the learning rate.
        perceptual: str. Network of the perceptual loss.
        augmentation: Tuple of str. What is done to pictures before the
            discriminator reads them, besides mirroring. Defaults to none.
    """

    pairs: int
    machine: str
    longest_side: int
    filters: int
    hidden_filters: int
    batch_size: int
    epochs: int
    perceptual: str
    augmentation: tuple[str, ...] = ()

    @property
    def images(self) -> int:
        """Images that the whole training sees of so many pairs."""
        return self.pairs * self.epochs

    def image_size(self, shape: tuple[int, int]) -> tuple[int, int]:
        """The size of the images, of the shape of the photographs.

        Args:
            shape: `(height, width)` of the photographs, or of any size of
                their shape.

        Returns:
            `(height, width)`, multiples of 32.
        """
        scale = self.longest_side / max(shape) / _MULTIPLE
        height, width = (
            _MULTIPLE * max(1, round(side * scale)) for side in shape
        )
        return height, width

    def experiment(self, data: Part, shape: tuple[int, int]) -> Experiment:
        """The run to start.

        Args:
            data: `Part`. The photographs.
            shape: As for `image_size`.

        Returns:
            `Experiment` without a `run_dir`.
        """
        objective = {"ema_decay": 0.999}
        if self.augmentation:
            objective["augmentation"] = self.augmentation
        size = {"image_size": self.image_size(shape)}
        return Experiment.from_preset(PRESET).replace(
            data=(data.name, {**data.arguments, **size}),
            generator={
                "filters": self.filters,
                "hidden_filters": self.hidden_filters,
            },
            discriminator={"filters": self.filters},
            objective=objective,
            optimizers={"decay_epochs": self.epochs // 2},
            run={
                "batch_size": self.batch_size,
                "epochs": self.epochs,
                "perceptual": self.perceptual,
            },
        )


# Sizes are as large as the memory allows by the estimate that every start of a
# run prints, which a test compares. Epochs are the papers' (4 million images
# for ADE20K's 20,000) cut to what such machines do in hours (CPU) or days.
RECIPES = (
    Recipe(50, "cpu", 128, 16, 32, 2, 400, "efficientnet_lite0", _AUGMENTED),
    Recipe(500, "cpu", 128, 16, 32, 4, 80, "efficientnet_lite0", _AUGMENTED),
    Recipe(5000, "cpu", 128, 24, 48, 4, 10, "efficientnet_lite0"),
    Recipe(50, "gpu_8gb", 256, 32, 64, 1, 1000, "imagenet", _AUGMENTED),
    Recipe(500, "gpu_8gb", 256, 32, 64, 1, 200, "imagenet", _AUGMENTED),
    Recipe(5000, "gpu_8gb", 256, 48, 64, 1, 60, "imagenet"),
    Recipe(50, "gpu_24gb", 256, 32, 64, 4, 2000, "imagenet", _AUGMENTED),
    Recipe(500, "gpu_24gb", 256, 64, 128, 4, 400, "imagenet", _AUGMENTED),
    Recipe(5000, "gpu_24gb", 256, 64, 128, 4, 100, "imagenet"),
)


def find_recipe(pairs: int, machine: str) -> Recipe:
    """Finds the recipe of the nearest number of pairs.

    Args:
        pairs: int, at least 1.
        machine: str. A key of `MACHINES`.

    Returns:
        `Recipe`.

    Example:

    >>> keras_semsynth.experiments.find_recipe(367, "cpu").pairs
    500
    """
    return min(
        (recipe for recipe in RECIPES if recipe.machine == machine),
        key=lambda recipe: abs(math.log(recipe.pairs / pairs)),
    )


def this_machine() -> str:
    """Returns the key of the machine that is most like this one.

    Returns:
        str, a key of `MACHINES`.
    """
    if backend.device_names() == ["CPU"]:
        return "cpu"
    total = backend.total_memory()
    # A card has a little less than its name says.
    large = 0.9 * MACHINES["gpu_24gb"].memory_bytes
    return "gpu_8gb" if total is None or total < large else "gpu_24gb"
