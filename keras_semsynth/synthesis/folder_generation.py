"""Images of all label maps of a folder."""

import os
import pathlib
from collections.abc import Callable
from collections.abc import Iterator
from typing import Literal

import numpy as np
from PIL import Image

from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files import atomic
from keras_semsynth.files.images import read_image
from keras_semsynth.files.listing import LABEL_EXTENSIONS
from keras_semsynth.files.listing import is_image
from keras_semsynth.files.listing import stem
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.synthesis.folder_result import FolderResult
from keras_semsynth.synthesis.folder_result import print_skipped
from keras_semsynth.synthesis.generation_plan import Job
from keras_semsynth.synthesis.generation_plan import plan
from keras_semsynth.synthesis.synthesizer import Synthesizer


def generate_folder(
    run: str | os.PathLike,
    input: str | os.PathLike,
    output: str | os.PathLike,
    seed: int | None = None,
    count: int = 1,
    style: str | None = None,
    interpolate: int | None = None,
    to: int | str | None = None,
    resample: int | str | None = None,
    instances: str | None = None,
    colorize: bool = False,
    rounding: Literal["nearest", "truncate"] = "nearest",
    overwrite: bool = False,
    skip_errors: bool = True,
    on_skip: Callable[[str], None] = print_skipped,
) -> FolderResult:
    """Generates images of all label maps of a folder.

    Every label map, at any depth, becomes one PNG of the same name and size,
    or several and a contact sheet. Where the generator cannot make that size,
    the image is made at the nearest one and brought back, which is said.

    Args:
        run: str. Run directory, or a `generator.keras`.
        input: str. Label map, or folder of label maps.
        output: str. Folder for the images.
        seed: int or `None`. Seed of the first image of every layout; each
            further one has the next number. Without it, the mean look of
            `style`, or the seed 0. Defaults to `None`.
        count: int. Images for each label map. Defaults to `1`.
        style: str or `None`. Photograph that sets the look (runs with a style
            encoder). Defaults to `None`.
        interpolate: int or `None`. Images on the way from the look of `seed`
            or `style` to that of `to`, both included. Defaults to `None`.
        to: int, str or `None`. Where `interpolate` ends: a seed or a
            photograph. Without it, the next seed. Defaults to `None`.
        resample: int, str or `None`. Class (name or id) whose region gets new
            noise in each of `count` images, while the rest keeps that of
            `seed` (OASIS, DP-GAN). Defaults to `None`.
        instances: str or `None`. Folder of instance maps named like the label
            maps, for runs that use them. Without it, boundaries between
            classes. Defaults to `None`.
        colorize: bool. Whether every label map is also written in the colours
            of its classes, under `layouts/` in the output folder. Defaults to
            `False`.
        rounding: str. How images become 8-bit: `"nearest"` level, or
            `"truncate"` as the official programs export. Defaults to
            `"nearest"`.
        overwrite: bool. Whether images that exist already are replaced.
            Defaults to `False`.
        skip_errors: bool. Whether a label map that cannot be used is named
            and skipped, instead of ending it all. Defaults to `True`.
        on_skip: Function that is told in a sentence what was skipped. Defaults
            to `print_skipped`.

    Returns:
        `FolderResult`.

    Raises:
        ValueError: If the arguments do not fit each other, the run or the
            files.
        DiskFullError: If the disk filled up.

    Example:

    >>> synthesis.generate_folder("runs/mine", "labels", "images", count=4)
    """
    look = _Look(seed, count, style, interpolate, to, resample, rounding)
    jobs = plan(input, output, look.suffixes(), colorize, overwrite)
    synthesizer = Synthesizer.load(run)
    look.prepare(synthesizer)
    if instances is not None and not synthesizer.uses_edge_map:
        raise ValueError(
            "`instances` was given, but this generator takes no edge map."
        )
    line = ProgressLine(total=len(jobs), unit="label maps")
    skipped, resized = [], []
    for done, job in enumerate(jobs, start=1):
        try:
            label_map = synthesizer.read_layout(job.source)
            size = synthesizer.supported_size(label_map.shape)
            if size != label_map.shape:
                resized.append((job.source, label_map.shape, size))
            for path, picture in _pictures(
                synthesizer, job, label_map, look, instances
            ):
                path.parent.mkdir(parents=True, exist_ok=True)
                with atomic.atomic_path(path) as temporary:
                    Image.fromarray(picture).save(temporary, format="PNG")
        except atomic.DiskFullError:
            line.end()
            raise
        except (ValueError, OSError) as error:
            line.end()
            if not skip_errors:
                raise
            text = " ".join(str(error).split())
            skipped.append(f"{job.source}: {text}")
            on_skip(f"Skipped {skipped[-1]}")
        line.update(done, images=done * len(job.images))
    if resized:
        source, size, made = resized[0]
        print(
            f"Note: {len(resized)} label maps have a size that the generator "
            "cannot make. Their images were made at the nearest size and "
            f"brought back; the first is {source}, {size[1]}x{size[0]} made at "
            f"{made[1]}x{made[0]} (width x height)."
        )
    return FolderResult(len(jobs), tuple(skipped))


def first_seeds(
    seed: int | None, count: int, style: str | None
) -> tuple[int | None, ...]:
    """Decides the seeds of the images of one layout.

    Args:
        seed: As for `generate_folder`; so are the others.
        count: int.
        style: str or `None`.

    Returns:
        tuple of int; `(None,)` means the mean look of `style`.

    Raises:
        ValueError: If one of them is no such number.
    """
    if count < 1:
        raise ValueError(
            f"`count` must be a positive integer. Received: count={count}."
        )
    if seed is not None and seed < 0:
        raise ValueError(
            f"`seed` must be an integer of at least 0. Received: seed={seed}."
        )
    if seed is None and style is not None and count == 1:
        return (None,)
    return tuple((seed or 0) + i for i in range(count))


class _Look:
    """What the images of a layout show besides the layout."""

    def __init__(self, seed, count, style, interpolate, to, resample, rounding):
        self.seeds = first_seeds(seed, count, style)
        self.seed_given = seed is not None
        self.style = style
        self.interpolate = interpolate
        self.to = to
        self.resample = resample
        self.rounding = rounding

    def suffixes(self):
        """What the names of one layout's images end with."""
        if self.interpolate is not None and self.interpolate < 2:
            raise ValueError(
                "`interpolate` must be an integer of at least 2. Received: "
                f"interpolate={self.interpolate}."
            )
        if self.interpolate and self.resample is not None:
            raise ValueError(
                "`interpolate` and `resample` exclude each other: generate "
                "once for each."
            )
        if self.to is not None and not self.interpolate:
            raise ValueError("`to` is where `interpolate` ends: give both.")
        if self.interpolate:
            return tuple(f"_step{i}" for i in range(self.interpolate))
        if self.resample is not None:
            return tuple(f"_noise{i}" for i in range(len(self.seeds)))
        if len(self.seeds) == 1:
            return ("",)
        return tuple(f"_seed{seed}" for seed in self.seeds)

    def prepare(self, synthesizer):
        """Looks whether the model can do it, and reads the photographs."""
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
        # Read once, not for every layout.
        if self.style is not None:
            self.style = _read_style(self.style, synthesizer)
        if isinstance(self.to, str):
            self.to = _read_style(self.to, synthesizer)
        if self.resample is not None:
            if synthesizer.generator.latent_kind != "noise":
                raise ValueError(
                    "`resample` needs a generator with a noise map, such as "
                    "OASIS or DP-GAN; this one has none."
                )
            synthesizer.class_id(self.resample)

    def images(self, synthesizer, label_map, instances):
        """Returns the images of one layout, `uint8` `(count, h, w, 3)`."""
        shared = {"instances": instances, "rounding": self.rounding}
        seed, count = self.seeds[0], len(self.seeds)
        if self.interpolate:
            start = (seed or 0) if self.style is None else self.style
            end = (seed or 0) + 1 if self.to is None else self.to
            return synthesizer.interpolate(
                label_map, start, end, self.interpolate, **shared
            )
        if self.resample is not None:
            return synthesizer.resample_region(
                label_map, self.resample, seed or 0, count, **shared
            )
        return synthesizer.synthesize(
            label_map, style=self.style, seed=seed, count=count, **shared
        )


def _read_style(path, synthesizer):
    if synthesizer.encoder is None:
        raise ValueError(
            f"{path} as style needs a run with a style encoder (encoder.keras):"
            " train with one, or give seeds."
        )
    if not pathlib.Path(path).is_file():
        raise ValueError(f"The photograph {path} does not exist.")
    return read_image(path)


def _pictures(
    synthesizer: Synthesizer,
    job: Job,
    label_map: np.ndarray,
    look: _Look,
    instances: str | None,
) -> Iterator[tuple[pathlib.Path, np.ndarray]]:
    """Yields path and picture of all files of a job."""
    found = _instance_map(instances, job.relative)
    images = look.images(synthesizer, label_map, found)
    yield from zip(job.images, images, strict=True)
    if job.layout is not None:
        yield job.layout, synthesizer.classes.colors(label_map)
    if job.sheet is not None:
        layout = resize_nearest(label_map, images.shape[1:3])
        cells = [synthesizer.classes.colors(layout), *images]
        names = ["layout", *(path.stem for path in job.images)]
        yield job.sheet, draw_grid([cell[None] for cell in cells], names)


def _instance_map(folder, relative):
    if folder is None:
        return None
    wanted = stem(relative)
    parent = pathlib.Path(folder) / relative.parent
    if parent.is_dir():
        for path in sorted(parent.iterdir()):
            if stem(path) == wanted and is_image(path.name, LABEL_EXTENSIONS):
                return path
    raise ValueError(f"There is no instance map {relative.stem} in {folder}.")
