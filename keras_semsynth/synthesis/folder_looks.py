"""What the images of a folder of layouts show besides the layouts."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence

import numpy as np

from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files.images import read_image
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem
from keras_semsynth.synthesis.generation_plan import Job
from keras_semsynth.synthesis.layout_reading import find_region
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.looks import looks_between
from keras_semsynth.synthesis.looks import looks_in_region
from keras_semsynth.synthesis.looks import looks_of_seeds
from keras_semsynth.synthesis.partner import partner
from keras_semsynth.synthesis.photograph_styles import ClassStyle
from keras_semsynth.synthesis.synthesizer import Synthesizer

# A photograph of its own name beside each label map.
OWN = "own"
# More than any disk holds.
MOST_IMAGES = 10**12


def read_class_styles(style: str | None) -> dict[str, ClassStyle] | None:
    """Reads where classes take their looks from.

    Args:
        style: str or `None`: `sky=dusk.jpg,sea=beach.jpg:labels.png,car=12`.

    Returns:
        dict, class name or id -> a seed, photograph, or photograph and label
        map; `None` for anything else, also for a file with `=` in its name.

    Raises:
        ValueError: If it is one in part.
    """
    if style is None or "=" not in style or os.path.exists(style):
        return None
    found = {}
    for one in style.split(","):
        name, _, source = one.partition("=")
        if not (name and source) or name in found:
            raise ValueError(
                "`style` by class reads `sky=dusk.jpg,sea=beach.jpg:labels.png,"
                f"car=12`, each class once. Received: {one!r}."
            )
        photograph, _, labels = source.partition(":")
        if source.isdecimal():
            found[name] = int(source)
        else:
            found[name] = (photograph, labels) if labels else photograph
    return found


def first_seeds(
    seed: int | None, count: int, style: str | None
) -> Sequence[int | None]:
    """Decides the seeds of the images of one layout.

    Args:
        seed: As for `generate_folder`; so are the others.
        count: int.
        style: str or `None`.

    Returns:
        Sequence of int; `(None,)` means the mean look of `style`.

    Raises:
        ValueError: If one of them is no such number.
    """
    if not 1 <= count <= MOST_IMAGES:
        raise ValueError(
            f"`count` must be an integer from 1 to {MOST_IMAGES}. Received: "
            f"count={count}."
        )
    if seed is not None and seed < 0:
        raise ValueError(
            f"`seed` must be an integer of at least 0. Received: seed={seed}."
        )
    if seed is None and style is not None and count == 1:
        return (None,)
    # No list: of too many it is only asked how many they are.
    return range(seed or 0, (seed or 0) + count)


class FolderLooks:
    """What the images of a layout show besides the layout.

    Args:
        seed: As for `generate_folder`; so are the others.
        count: int.
        style: str or `None`.
        style_matrix: bool.
        interpolate: int or `None`.
        to: int, str or `None`.
        resample: int, str or `None`.
    """

    def __init__(
        self,
        seed: int | None,
        count: int,
        style: str | None,
        style_matrix: bool,
        interpolate: int | None,
        to: int | str | None,
        resample: int | str | None,
    ):
        self._class_styles = read_class_styles(style)
        if self._class_styles is not None:
            style = None
        self.seeds = first_seeds(seed, count, style)
        self.seed_given = seed is not None
        self.style = style
        # Photographs of a style matrix, once they are read.
        self.styles = []
        self._matrix = style_matrix
        # Each layout has a photograph of its own.
        self._own = not style_matrix and (
            style == OWN or (style is not None and os.path.isdir(style))
        )
        self.interpolate = interpolate
        self.to = to
        # Where an interpolation ends, until `to` is read.
        number = to if isinstance(to, int) else (self.seeds[0] or 0) + 1
        self._end = Look(number)
        # Codes of photographs; without one, the noise is all.
        self._codes = [()]
        # Class id -> look that it has in all images.
        self._by_class = {}
        self.resample = resample

    def photographs(self) -> list[pathlib.Path]:
        """Lists the photographs that are given, which must stay."""
        given = [self.style, self.to]
        for source in (self._class_styles or {}).values():
            given += source if isinstance(source, tuple) else [source]
        given = [p for p in given if isinstance(p, str)]
        paths = []
        for path in map(pathlib.Path, given):
            found = list_images(path, False) if path.is_dir() else [path]
            paths += map(pathlib.Path, found)
        return paths

    def suffixes(self) -> Sequence[str]:
        """Says what the names of one layout's images end with.

        Raises:
            ValueError: If the arguments do not fit each other.
        """
        if self._matrix:
            return self._suffixes_of_matrix()
        steps = self.interpolate
        if steps is not None and not 2 <= steps <= MOST_IMAGES:
            raise ValueError(
                f"`interpolate` must be an integer from 2 to {MOST_IMAGES}. "
                f"Received: interpolate={steps}."
            )
        if self.interpolate and self.resample is not None:
            raise ValueError(
                "`interpolate` and `resample` exclude each other: generate "
                "once for each."
            )
        if self.to is not None and not self.interpolate:
            raise ValueError("`to` is where `interpolate` ends: give both.")
        if self.interpolate:
            return _Numbered("_step", range(self.interpolate))
        if self.resample is not None:
            return _Numbered("_noise", range(len(self.seeds)))
        if len(self.seeds) == 1:
            return ("",)
        return _Numbered("_seed", self.seeds)

    def _suffixes_of_matrix(self):
        others = (self.interpolate, self.to, self.resample)
        if len(self.seeds) > 1 or any(other is not None for other in others):
            raise ValueError(
                "`style_matrix` makes one image of each label map and "
                "photograph: leave `count`, `interpolate`, `to` and `resample` "
                "out."
            )
        if self.style is None or not os.path.isdir(self.style):
            raise ValueError(
                "`style_matrix` needs a folder of photographs as `style`. "
                f"Received: `style={self.style}`."
            )
        stems = [stem(path) for path in list_images(self.style, False)]
        if not stems:
            raise ValueError(
                f"`style={self.style}` holds no photographs"
                f"{say_skipped(self.style)}."
            )
        twice = [name for name in stems if stems.count(name) > 1]
        if twice:
            raise ValueError(
                f"`style={self.style}` holds two photographs named {twice[0]}, "
                "whose images would have one name: rename one of them."
            )
        return tuple(f"_{name}" for name in stems)

    def prepare(self, synthesizer: Synthesizer) -> None:
        """Looks whether the model can do it, and reads the photographs.

        Args:
            synthesizer: `Synthesizer`.

        Raises:
            ValueError: If it cannot.
        """
        many = len(self.seeds) > 1 or self.interpolate
        many = many or self.resample is not None
        if many and not synthesizer.has_latent:
            raise ValueError(
                "This generator has no random input: all images of a layout "
                "would be equal. Leave `count`, `interpolate` and `resample` "
                "out, or use a model with noise or a style encoder."
            )
        if self.seed_given and not synthesizer.has_latent:
            print(
                "Note: this generator has no random input; the seed has no "
                "effect."
            )
        # Encoded once, not for every layout.
        if self._class_styles is not None:
            self._by_class = synthesizer.styles.of_classes(self._class_styles)
        if self._matrix:
            self.styles = [
                _read_style(path, synthesizer)
                for path in list_images(self.style, False)
            ]
            self._codes = synthesizer.encode(self.styles)
        elif self._own:
            _require_encoder(self.style, synthesizer)
        elif self.style is not None:
            photograph = _read_style(self.style, synthesizer)
            self._codes = synthesizer.encode(photograph)
        if isinstance(self.to, str):
            photograph = _read_style(self.to, synthesizer)
            self._end = Look(None, *synthesizer.encode(photograph)[0])
        if self.resample is not None:
            if not synthesizer.inputs.latent_by_region:
                raise ValueError(
                    "`resample` needs a generator whose noise may differ by "
                    "region, such as INADE, OASIS or DP-GAN; this one has none."
                )
            synthesizer.classes.id_of(self.resample)

    def of(
        self, synthesizer: Synthesizer, job: Job, label_map: np.ndarray
    ) -> list[Look]:
        """Returns the looks of the images of one layout.

        Args:
            synthesizer: `Synthesizer`.
            job: `Job` of the layout.
            label_map: Integer array `(height, width)`.

        Returns:
            List of `Look`, one an image.

        Raises:
            ValueError: If the layout has no such region or photograph.
        """
        looks = self._looks(synthesizer, job, label_map)
        return [
            dataclasses.replace(look, by_class=self._by_class) for look in looks
        ]

    def _looks(self, synthesizer, job, label_map):
        seed, count = self.seeds[0], len(self.seeds)
        if self._matrix:
            return [Look(seed, *code) for code in self._codes]
        (code,) = self._codes
        if self._own:
            own = self._own_style(job)
            regions = None
            if self.style == OWN:
                regions = [resize_nearest(label_map, own.shape[:2])]
            (code,) = synthesizer.encode(own, regions)
        if self.interpolate:
            start = Look(None, *code) if code else Look(seed or 0)
            return looks_between(start, self._end, self.interpolate)
        if self.resample is not None:
            region = find_region(self.resample, label_map, synthesizer.classes)
            return looks_in_region(region, seed or 0, count)
        return looks_of_seeds(seed, count, code)

    def _own_style(self, job):
        folder, relative = self.style, job.relative
        if self.style == OWN:
            folder, relative = job.source.parent, job.relative.name
        path = partner(
            folder, pathlib.Path(relative), "photograph", label_map=job.source
        )
        return read_image(path)


class _Numbered(Sequence):
    """Endings of names, made when they are asked for."""

    def __init__(self, text, numbers):
        self.text = text
        self.numbers = numbers

    def __len__(self):
        return len(self.numbers)

    def __getitem__(self, index):
        return f"{self.text}{self.numbers[index]}"


def _read_style(path, synthesizer):
    _require_encoder(path, synthesizer)
    if not pathlib.Path(path).is_file():
        raise ValueError(f"The photograph {path} does not exist.")
    return read_image(path)


def _require_encoder(path, synthesizer):
    if synthesizer.encoder is None:
        raise ValueError(
            f"{path} as style needs a run with a style encoder (encoder.keras):"
            " train with one, or give seeds."
        )
