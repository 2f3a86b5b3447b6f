"""Joint resizing, cropping and flipping of image, label and instance map."""

import dataclasses
import math
import typing
from typing import Literal

import numpy as np
from PIL import Image

from keras_semsynth.data.sample import Sample
from keras_semsynth.files import resize_image

Mode = Literal[
    "resize_and_crop",
    "crop",
    "scale_width",
    "scale_width_and_crop",
    "scale_shortside",
    "scale_shortside_and_crop",
    "fixed",
    "none",
]
MODES = typing.get_args(Mode)


class Preprocessing:
    """Applies one geometry to a photograph and its maps.

    Images are resized with Pillow's bicubic filter on 8-bit values, label and
    instance maps with its nearest rule. The steps run in the order resize,
    crop, flip. `mode` is one of:

    - `"resize_and_crop"`: resize to `load_size` (the aspect ratio is not
      kept), then crop.
    - `"crop"`: crop only.
    - `"scale_width"`, `"scale_width_and_crop"`: width becomes `load_size`,
      height follows; then crop if named.
    - `"scale_shortside"`, `"scale_shortside_and_crop"`: the short side becomes
      `load_size`, the long side follows; then crop if named.
    - `"fixed"`: resize to `crop_size`.
    - `"none"`: each side to the nearest multiple of 32.

    Args:
        mode: str, see above. Defaults to `"resize_and_crop"`.
        load_size: int or `(height, width)` in pixels. Only
            `"resize_and_crop"` takes a pair. Defaults to `286`.
        crop_size: int or `(height, width)` in pixels. Defaults to `256`.
        aspect_ratio: float, width over height. With `mode="fixed"` and an int
            `crop_size`, the width is `crop_size` and the height
            `round(crop_size / aspect_ratio)`. Other modes ignore it.
            Defaults to `1.0`.
        flip: bool. Whether training mirrors half of the samples. Defaults to
            `True`.
        legacy_shortside: bool. The official code leaves the short side at its
            original length in the `"scale_shortside"` modes; `True` does the
            same. Defaults to `False`.
        unknown_class: int or `None`. Label of the black pixels that a crop
            beyond the image adds at the right and at the bottom. With `None`
            such a crop raises an error. Defaults to `None`.

    Example:

    >>> preprocessing = Preprocessing("fixed", crop_size=(64, 96))
    >>> preprocessing(sample, flip=False).image.shape
    (64, 96, 3)
    """

    def __init__(
        self,
        mode: Mode = "resize_and_crop",
        load_size: int | tuple[int, int] = 286,
        crop_size: int | tuple[int, int] = 256,
        aspect_ratio: float = 1.0,
        flip: bool = True,
        legacy_shortside: bool = False,
        unknown_class: int | None = None,
    ):
        if mode not in MODES:
            raise ValueError(
                f"`mode` must be one of {', '.join(MODES)}. "
                f"Received: mode={mode!r}."
            )
        if "scale" in mode and not isinstance(load_size, int):
            raise ValueError(
                f"`load_size` must be one number with mode={mode!r}. "
                f"Received: load_size={load_size!r}."
            )
        if not 0 < aspect_ratio < math.inf:
            raise ValueError(
                "`aspect_ratio` must be positive and finite. "
                f"Received: aspect_ratio={aspect_ratio!r}."
            )
        self.mode = mode
        self.load_size = load_size
        self.crop_size = crop_size
        self.aspect_ratio = aspect_ratio
        self.flip = flip
        self.legacy_shortside = legacy_shortside
        self.unknown_class = unknown_class
        if mode in ("resize_and_crop",) or "scale" in mode:
            _check_size("load_size", load_size)
        if self.crops or mode == "fixed":
            _check_size("crop_size", crop_size)

    @property
    def crops(self) -> bool:
        """Whether the mode ends in a crop."""
        return self.mode.endswith("crop")

    @property
    def image_size(self) -> tuple[int, int] | None:
        """`(height, width)` of every result, `None` if it varies."""
        if self.crops:
            return _pair(self.crop_size)
        if self.mode == "fixed":
            if not isinstance(self.crop_size, int):
                return _pair(self.crop_size)
            height = round(self.crop_size / self.aspect_ratio)
            return (height, self.crop_size)
        return None

    @property
    def resizing(self) -> str:
        """What `resize` does, in words: equal for equal results.

        Crops and flips, which are drawn, make no difference. Packs keep it.
        """
        if self.mode in ("resize_and_crop", "fixed"):
            height, width = self.resized_size(1, 1)
            return f"to {height}x{width} (height x width)"
        if self.mode == "none":
            return "to multiples of 32 pixels"
        if self.mode.startswith("scale_width"):
            return f"to a width of {self.load_size} pixels"
        if self.mode.startswith("scale_shortside"):
            distorted = " with `legacy_shortside`" * self.legacy_shortside
            return f"to a short side of {self.load_size} pixels{distorted}"
        return "to their own sizes"

    def resized_size(self, height: int, width: int) -> tuple[int, int]:
        """Size after the resize step.

        Args:
            height: int. Original height in pixels.
            width: int. Original width in pixels.

        Returns:
            Tuple `(height, width)`.
        """
        load_size = self.load_size
        if self.mode == "resize_and_crop":
            return _pair(load_size)
        if self.mode == "fixed":
            return self.image_size
        if self.mode == "none":
            # At least 32, where the official rule would give an empty image.
            return tuple(
                max(32, round(side / 32) * 32) for side in (height, width)
            )
        if self.mode.startswith("scale_width") and width != load_size:
            return (max(1, int(load_size * height / width)), load_size)
        short_side = min(height, width)
        if self.mode.startswith("scale_shortside") and short_side != load_size:
            long_side = int(load_size * max(height, width) / short_side)
            new_short = short_side if self.legacy_shortside else load_size
            if width == short_side:
                return (long_side, new_short)
            return (new_short, long_side)
        return (height, width)

    def resize(self, sample: Sample) -> Sample:
        """Does the part that does not depend on chance."""
        height, width = sample.label_map.shape
        if sample.image.shape[:2] != (height, width):
            image_height, image_width = sample.image.shape[:2]
            raise ValueError(
                f"{sample.name or 'Sample'}: the image is "
                f"{image_width}x{image_height} pixels but its label map "
                f"{width}x{height}; both must have one size (width x height)."
            )
        size = self.resized_size(height, width)
        if size == (height, width):
            return sample
        bicubic, nearest = Image.Resampling.BICUBIC, Image.Resampling.NEAREST
        instance_map = sample.instance_map
        if instance_map is not None:
            instance_map = resize_array(instance_map, size, nearest)
        return Sample(
            resize_array(sample.image, size, bicubic),
            resize_array(sample.label_map, size, nearest),
            instance_map,
            sample.name,
        )

    def draw(
        self, sample: Sample, random: np.random.Generator, training: bool
    ) -> tuple[tuple[int, int], bool]:
        """Draws the crop position and the flip for a resized sample.

        Args:
            sample: `Sample` as returned by `resize`.
            random: NumPy generator.
            training: bool. Only training flips.

        Returns:
            Tuple `((x, y), flip)`.
        """
        x = y = 0
        if self.crops:
            height, width = sample.label_map.shape
            crop_height, crop_width = _pair(self.crop_size)
            x = int(random.integers(0, max(0, width - crop_width) + 1))
            y = int(random.integers(0, max(0, height - crop_height) + 1))
        flip = bool(random.random() < 0.5) and training and self.flip
        return (x, y), flip

    def crop_and_flip(
        self, sample: Sample, crop_position: tuple[int, int], flip: bool
    ) -> Sample:
        """Finishes a resized sample with given parameters."""
        if self.crops:
            sample = self._crop(sample, *crop_position)
        if flip:
            instance_map = sample.instance_map
            if instance_map is not None:
                instance_map = instance_map[:, ::-1]
            sample = dataclasses.replace(
                sample,
                image=sample.image[:, ::-1],
                label_map=sample.label_map[:, ::-1],
                instance_map=instance_map,
            )
        return sample

    def __call__(
        self,
        sample: Sample,
        crop_position: tuple[int, int] = (0, 0),
        flip: bool = False,
    ) -> Sample:
        """Resizes, crops and flips with the given parameters.

        Args:
            sample: `Sample`.
            crop_position: `(x, y)` of the upper left corner of the crop in
                the resized image. Defaults to `(0, 0)`.
            flip: bool. Whether to mirror left and right. Defaults to `False`.

        Returns:
            `Sample` with arrays of one size.
        """
        return self.crop_and_flip(self.resize(sample), crop_position, flip)

    def _crop(self, sample, x, y):
        height, width = sample.label_map.shape
        size = _pair(self.crop_size)
        beyond = y + size[0] > height or x + size[1] > width
        if beyond and self.unknown_class is None:
            raise ValueError(
                f"{sample.name or 'Sample'}: a crop of {size[1]}x{size[0]} at "
                f"({x}, {y}) does not fit into the resized image of "
                f"{width}x{height} (width x height), and the dataset has no "
                "unknown class to fill the rest; use a larger `load_size`, a "
                "smaller `image_size` or `preprocess_mode=resize_and_crop`."
            )
        instance_map = sample.instance_map
        if instance_map is not None:
            instance_map = _crop(instance_map, x, y, size, 0)
        return Sample(
            _crop(sample.image, x, y, size, 0),
            _crop(sample.label_map, x, y, size, self.unknown_class),
            instance_map,
            sample.name,
        )


def image_to_float(image: np.ndarray) -> np.ndarray:
    """Turns uint8 values into float32 values in `[-1, 1]`."""
    return (image.astype("float32") / 255 - 0.5) / 0.5


def _pair(size):
    return (size, size) if isinstance(size, int) else tuple(size)


def _check_size(name, size):
    sides = _pair(size)
    if len(sides) != 2 or not all(
        isinstance(side, int) and side > 0 for side in sides
    ):
        raise ValueError(
            f"`{name}` must be a positive int or a pair (height, width) of "
            f"them. Received: {name}={size!r}."
        )


def resize_array(
    array: np.ndarray, size: tuple[int, int], resample: Image.Resampling
) -> np.ndarray:
    """Resizes an array as Pillow does.

    Args:
        array: uint8 array `(height, width, 3)`, or integer array
            `(height, width)`.
        size: `(height, width)`.
        resample: `PIL.Image.Resampling`.

    Returns:
        Array of that size and the same dtype. Nearest samples at
        `floor((i + 0.5) * scale)`; other filters widen when they shrink.
    """
    if array.shape[:2] == tuple(size):
        return array
    if array.dtype != np.uint8:
        # Pillow has no 16-bit resize; 32-bit integers keep every id.
        resized = Image.fromarray(array.astype("int32"))
        resized = resized.resize(size[::-1], resample)
        return np.asarray(resized).astype(array.dtype)
    return np.asarray(resize_image(Image.fromarray(array), size, resample))


def _crop(array, x, y, size, fill):
    window = array[y : y + size[0], x : x + size[1]]
    if window.shape[:2] == size:
        return window
    result = np.full(size + array.shape[2:], fill or 0, array.dtype)
    result[: window.shape[0], : window.shape[1]] = window
    return result
