"""What is scored without pairs: sets of photographs."""

from collections.abc import Sequence
from typing import Any

from PIL import Image

from keras_semsynth.data.preprocessing import resize_array
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.samples import fingerprint
from keras_semsynth.files.images import read_image
from keras_semsynth.files.listing import stem


class PhotographTargets:
    """Photographs of one side: what a set of images is scored against.

    Args:
        paths: Sequence of paths.
        image_size: `(height, width)` to which they are resized.
        dataset_name: str.
        split: str or `None`.
    """

    paired = False
    has_images = True
    has_labels = has_instances = False
    classes = None

    def __init__(
        self,
        paths: Sequence[str],
        image_size: tuple[int, int],
        dataset_name: str,
        split: str | None = None,
    ):
        self.paths = list(paths)
        self.image_size = tuple(image_size)
        self.dataset_name = dataset_name
        self.split = split

    def __len__(self) -> int:
        return len(self.paths)

    def read(
        self, index: int, image_size: tuple[int, int] | None = None
    ) -> Target:
        """Reads one photograph, see `DatasetTargets.read`."""
        path = self.paths[index]
        return Target(stem(path), _read(path, image_size or self.image_size))

    def describe(self) -> dict[str, Any]:
        """Returns what a report needs to name these targets."""
        return {
            "dataset": self.dataset_name,
            "split": self.split,
            "images": len(self),
            "files": fingerprint(self.paths),
        }


class TranslationTargets(PhotographTargets):
    """Generated images, and photographs of another number to compare with.

    Args:
        names: Sequence of str, one a generated image.
        real: `PhotographTargets`. All of them are compared with the set of
            generated images; no image has a partner.
        sources: Sequence of paths of the photographs to be repainted, or
            `None` for images that are there already. Source `i` gets the style
            of photograph `i` of `real`, which start anew at their end.
            Defaults to `None`.
    """

    def __init__(
        self,
        names: Sequence[str],
        real: PhotographTargets,
        sources: Sequence[str] | None = None,
    ):
        super().__init__(
            sources or [], real.image_size, real.dataset_name, real.split
        )
        self.names = list(names)
        self.real = real

    def __len__(self) -> int:
        return len(self.names)

    def read(
        self, index: int, image_size: tuple[int, int] | None = None
    ) -> Target:
        """Reads one source and its reference, see `DatasetTargets.read`."""
        if not self.paths:
            return Target(self.names[index])
        size = image_size or self.image_size
        reference = self.real.paths[index % len(self.real)]
        return Target(
            self.names[index],
            _read(reference, size),
            source=_read(self.paths[index], size),
        )

    def describe(self) -> dict[str, Any]:
        """Returns what a report needs to name these targets."""
        return {
            **self.real.describe(),
            "images": len(self),
            "real_images": len(self.real),
        }


def _read(path, size):
    image = read_image(path)
    return resize_array(image, size, Image.Resampling.BICUBIC)
