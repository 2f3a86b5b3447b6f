"""Generates and scores whole sets of images, once or several times."""

import dataclasses
import typing
from collections.abc import Iterator
from collections.abc import Sequence

import numpy as np

from keras_semsynth.evaluation.protocols import Protocol
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.samples import Targets
from keras_semsynth.evaluation.score import Score
from keras_semsynth.evaluation.sources import Source
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.files.progress_line import ProgressLine


class Judge(typing.Protocol):
    """What sees the images of a pass and gives scores at its end."""

    def update(
        self,
        images: np.ndarray,
        targets: Sequence[Target],
        indices: Sequence[int],
    ) -> None:
        """Takes a batch: images, what belongs to them, and their numbers."""

    def scores(self) -> list[Score]:
        """Returns what was measured."""


@dataclasses.dataclass(frozen=True)
class Judges:
    """Who sees the images of a pass, and in which form.

    Args:
        as_scored: List of `Judge` that see images quantised as the protocol
            says.
        as_files: List of `Judge` that see 8-bit files.
    """

    as_scored: list[Judge]
    as_files: list[Judge]


def batches(
    targets: Targets,
    batch_size: int,
    image_size: tuple[int, int] | None = None,
) -> Iterator[tuple[list[int], list[Target]]]:
    """Reads targets in order, in batches of one size.

    Args:
        targets: Targets.
        batch_size: int.
        image_size: `(height, width)` or `None` for their own.

    Yields:
        Tuple of a list of int and a list of `Target`.
    """
    indices, batch = [], []
    for index in range(len(targets)):
        target = targets.read(index, image_size)
        full = len(batch) == batch_size
        if batch and (full or _size(target) != _size(batch[0])):
            yield indices, batch
            indices, batch = [], []
        indices.append(index)
        batch.append(target)
    if batch:
        yield indices, batch


def _size(target):
    for array in (target.label_map, target.image):
        if array is not None:
            return array.shape[:2]
    return None


def real_batches(
    targets: Targets,
    batch_size: int,
    image_size: tuple[int, int] | None,
    title: str,
) -> Iterator[np.ndarray]:
    """Yields real images as uint8 batches, with a progress line."""
    progress = ProgressLine(title, len(targets))
    done = 0
    for _, batch in batches(targets, batch_size, image_size):
        yield np.stack([target.image for target in batch])
        done += len(batch)
        progress.update(done)


def run_pass(
    source: Source,
    targets: Targets,
    judges: Judges,
    protocol: Protocol,
    seed: int,
    batch_size: int,
    image_size: tuple[int, int] | None,
    title: str,
) -> None:
    """Generates every image once and shows it to the judges.

    Args:
        source: Source of the images.
        targets: Targets.
        judges: `Judges`.
        protocol: `Protocol`.
        seed: int. Noise seed of this pass.
        batch_size: int.
        image_size: `(height, width)` or `None` for the targets' own.
        title: str, shown.

    Raises:
        ValueError: If an image holds NaN.
    """
    progress = ProgressLine(title, len(targets))
    done = 0
    for indices, batch in batches(targets, batch_size, image_size):
        images = source.images(batch, indices, seed)
        as_scored, as_files = quantize(images, protocol.quantization, batch)
        for judge in judges.as_scored:
            judge.update(as_scored, batch, indices)
        for judge in judges.as_files:
            judge.update(as_files, batch, indices)
        done += len(batch)
        progress.update(done)


def quantize(
    images: np.ndarray, quantization: str, targets: Sequence[Target]
) -> tuple[np.ndarray, np.ndarray]:
    """Turns what a source gives into what is scored.

    Args:
        images: uint8 array, or float array in `[-1, 1]`.
        quantization: `"truncate"`, `"nearest"` or `"float"`.
        targets: List of `Target`, for the message.

    Returns:
        Tuple of the images as scored (floats with `"float"`) and as 8-bit
        files.

    Raises:
        ValueError: If a value is NaN or infinite.
    """
    if images.dtype == np.uint8:
        return images, images
    finite = np.isfinite(images).all(axis=(1, 2, 3))
    if not finite.all():
        name = targets[int(np.argmin(finite))].name
        raise ValueError(
            f"The generated image of {name} holds NaN or infinite values: the "
            "generator has diverged in training; take an earlier checkpoint."
        )
    # The official writers truncate.
    rounding = "truncate" if quantization == "float" else quantization
    as_files = to_uint8(images, rounding)
    return (images if quantization == "float" else as_files), as_files
