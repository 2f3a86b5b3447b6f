"""What generated images are scored against: real images and layouts."""

import dataclasses
import hashlib
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.file_dataset import read_instances
from keras_semsynth.data.name_patterns import NamePattern
from keras_semsynth.data.name_patterns import patterns_of
from keras_semsynth.data.pairing import pair_by_stem
from keras_semsynth.data.preprocessing import Preprocessing
from keras_semsynth.data.preprocessing import resize_array
from keras_semsynth.data.semantic_dataset import SemanticDataset
from keras_semsynth.files.images import read_image
from keras_semsynth.files.listing import JPEG_EXTENSIONS
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import extension
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem

# Argument -> what `NamePattern` calls such files.
_KINDS = {"real": "image", "labels": "label", "instances": "instance"}


@dataclasses.dataclass
class Target:
    """What belongs to one generated image, at the size that is scored.

    Args:
        name: str, shown in messages and on pages.
        image: uint8 array `(height, width, 3)`, or `None` if not known.
        label_map: Integer array `(height, width)` or `None`.
        instance_map: Integer array `(height, width)` or `None`.
        source: uint8 array `(height, width, 3)`, the photograph that is
            repainted in the style of `image`, or `None`.
    """

    name: str
    image: np.ndarray | None = None
    label_map: np.ndarray | None = None
    instance_map: np.ndarray | None = None
    source: np.ndarray | None = None


class DatasetTargets:
    """The samples of a dataset's split.

    Args:
        dataset: `SemanticDataset`.
        preprocessing: `Preprocessing` of evaluation: nothing cut or mirrored.
        max_images: int or `None`. Takes the first ones only.
    """

    paired = True

    def __init__(
        self,
        dataset: SemanticDataset,
        preprocessing: Preprocessing,
        max_images: int | None = None,
    ):
        self.dataset = dataset
        self.preprocessing = preprocessing
        self.count = min(len(dataset), max_images or len(dataset))
        self.classes = dataset.classes
        self.has_images = self.has_labels = True
        self.has_instances = dataset.use_edge_map

    @property
    def real(self) -> "DatasetTargets":
        """Where the real images are."""
        return self

    def __len__(self) -> int:
        return self.count

    def read(
        self, index: int, image_size: tuple[int, int] | None = None
    ) -> Target:
        """Reads one target.

        Args:
            index: int.
            image_size: `(height, width)`. Defaults to what the preprocessing
                gives.

        Returns:
            `Target`.
        """
        preprocessing = self.preprocessing
        if image_size is not None:
            preprocessing = Preprocessing("fixed", crop_size=image_size)
        sample = self.dataset.read_resized(index, preprocessing)
        name = sample.name or f"{self.dataset.name} {index}"
        sample = preprocessing.crop_and_flip(sample, (0, 0), False)
        return Target(name, sample.image, sample.label_map, sample.instance_map)

    def describe(self) -> dict[str, Any]:
        """Returns what a report needs to name these targets."""
        return {
            "dataset": self.dataset.name,
            "split": self.dataset.split,
            "images": self.count,
            "files": fingerprint(self.dataset.samples[: self.count]),
        }


class FolderTargets:
    """Real images, and perhaps label and instance maps, of two or more folders.

    Args:
        names: Sequence of str, stems of the generated images.
        real: Sequence of paths, or `None`.
        labels: Sequence of paths, or `None`.
        instances: Sequence of paths, or `None`.
        image_size: `(height, width)` of the generated images.
        classes: `Classes` of the label maps. Defaults to `None`.
        dataset_name: str. Defaults to `"folder"`.
    """

    paired = True

    def __init__(
        self,
        names: Sequence[str],
        real: Sequence[str] | None,
        labels: Sequence[str] | None,
        instances: Sequence[str] | None,
        image_size: tuple[int, int],
        classes: Classes | None = None,
        dataset_name: str = "folder",
    ):
        self.names = names
        self.paths = {"real": real, "labels": labels, "instances": instances}
        self.image_size = image_size
        self.classes = classes
        self.dataset_name = dataset_name
        self.has_images = real is not None
        self.has_labels = labels is not None
        self.has_instances = instances is not None

    @property
    def real(self) -> "FolderTargets":
        """Where the real images are."""
        return self

    def __len__(self) -> int:
        return len(self.names)

    def read(
        self, index: int, image_size: tuple[int, int] | None = None
    ) -> Target:
        """Reads one target, see `DatasetTargets.read`."""
        image_size = image_size or self.image_size
        real, labels, instances = (
            None if paths is None else paths[index]
            for paths in self.paths.values()
        )
        target = Target(self.names[index])
        if real is not None:
            target.image = resize_array(
                read_image(real), image_size, Image.Resampling.BICUBIC
            )
        if labels is not None:
            label_map = self.classes.ids(labels)
            target.label_map = resize_array(
                label_map, image_size, Image.Resampling.NEAREST
            )
        if instances is not None:
            target.instance_map = resize_array(
                read_instances(instances), image_size, Image.Resampling.NEAREST
            )
        return target

    def describe(self) -> dict[str, Any]:
        """Returns what a report needs to name these targets."""
        samples = list(zip(*filter(None, self.paths.values()), strict=True))
        return {
            "dataset": self.dataset_name,
            "split": None,
            "images": len(self),
            "files": fingerprint(samples),
        }


Targets = DatasetTargets | FolderTargets


def pair_folders(
    generated_dir: str | os.PathLike,
    others: Mapping[str, str | os.PathLike | None],
    arguments: Mapping[str, Any] | None = None,
) -> tuple[list[str], dict[str, list[str] | None]]:
    """Pairs generated images with files of other folders by their stem.

    One folder may be given as `real` and as `labels`; JPEG files then are the
    photographs.

    Args:
        generated_dir: Path.
        others: Mapping, argument (`"real"`, ...) -> folder or `None`.
        arguments: Mapping of arguments of a folder dataset. What they say of
            names counts: generated images are named like label maps.
            Defaults to none.

    Returns:
        Tuple of the generated paths and a dict of lists of paths.

    Raises:
        ValueError: If a folder is empty, or counts or names differ.
    """
    generated = list_images(str(generated_dir))
    if not generated:
        raise ValueError(
            f"`generated={generated_dir}` holds no images"
            f"{say_skipped(generated_dir)}: give the folder of the images to "
            "score."
        )
    patterns = patterns_of(arguments or {})
    own = patterns["label"]
    if not all(own.fits(path) for path in generated):
        own = NamePattern()
    paired = {}
    for name, folder in others.items():
        if folder is None:
            paired[name] = None
            continue
        pattern = patterns[_KINDS[name]]
        files = _files_of(name, folder, pattern)
        if len(files) != len(generated):
            raise ValueError(
                f"`generated={generated_dir}` holds {len(generated)} images "
                f"but `{name}={folder}` {len(files)}{say_skipped(folder)}: "
                "each generated image needs its partner of the same name "
                "(`dataset=unpaired` compares sets without partners)."
            )
        pairs, problems = pair_by_stem(
            str(folder),
            files,
            str(generated_dir),
            generated,
            ("image", "generated image"),
            (pattern, own),
        )
        if problems:
            raise ValueError(
                f"`generated` and `{name}` do not fit together: " + problems[0]
            )
        partner = {label: image for image, label in pairs}
        paired[name] = [partner[path] for path in generated]
    return generated, paired


def _files_of(name, folder, pattern):
    files = [path for path in list_images(folder) if pattern.fits(path)]
    photos = [path for path in files if extension(path) in JPEG_EXTENSIONS]
    others = [path for path in files if extension(path) in LABEL_EXTENSIONS]
    names = [{stem(path) for path in paths} for paths in (photos, others)]
    if names[0] & names[1]:
        # A photograph and its label map differ in their extension only.
        return photos if name == "real" else others
    return files


def fingerprint(samples: Sequence[Any]) -> str:
    """Hashes which files are scored: names, sizes and times of change.

    Args:
        samples: Sequence of what identifies a sample: paths, objects that hold
            paths, or anything with a `repr` of its own.

    Returns:
        str, SHA-256.
    """
    digest = hashlib.sha256()
    for sample in samples:
        fields = getattr(sample, "__dict__", None)
        parts = (
            list(fields.values())
            if fields
            else sample
            if isinstance(sample, (tuple, list))
            else [sample]
        )
        for part in parts:
            digest.update(repr(part).encode())
            if isinstance(part, (str, os.PathLike)) and os.path.isfile(part):
                state = os.stat(part)
                digest.update(f"{state.st_size} {state.st_mtime_ns}".encode())
    return digest.hexdigest()
