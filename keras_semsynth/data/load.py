"""A ready `tf.data.Dataset` from a dataset's name."""

import inspect
import typing
from typing import Any

from keras_semsynth.data.datasets import Dataset
from keras_semsynth.data.datasets import describe
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.data.pipeline import make_pipeline
from keras_semsynth.data.preprocessing import Mode
from keras_semsynth.data.preprocessing import Preprocessing

if typing.TYPE_CHECKING:
    import tensorflow as tf


def load(
    name: str,
    data_dir: str | None = None,
    split: str = "train",
    batch_size: int = 1,
    image_size: tuple[int, int] | None = None,
    load_size: int | tuple[int, int] | None = None,
    preprocess_mode: Mode | None = None,
    flip: bool = True,
    seed: int = 0,
    cache: str = "auto",
    **options: Any,
) -> "tf.data.Dataset":
    """Loads a dataset with the preprocessing of its paper, for `fit`.

    Training data are shuffled anew in every epoch; other splits come in order
    and unflipped.

    Args:
        name: str. See `describe`.
        data_dir: str or `None`. Root folder, for a dataset that has one.
            Defaults to `None`.
        split: str, `"train"`, `"val"` or `"test"`. Defaults to `"train"`.
        batch_size: int. Defaults to `1`.
        image_size: See `make_preprocessing`. Defaults to `None`.
        load_size: See `make_preprocessing`. Defaults to `None`.
        preprocess_mode: See `make_preprocessing`. Defaults to `None`.
        flip: See `make_preprocessing`. Defaults to `True`.
        seed: int. Defaults to `0`.
        cache: str. See `make_pipeline`. Defaults to `"auto"`.
        **options: See `describe`.

    Returns:
        `tf.data.Dataset` with one epoch a pass, see `make_pipeline`.

    Example:

    >>> batches = keras_semsynth.data.load("landscapes", batch_size=4)
    >>> gan.fit(batches, epochs=10)
    """
    training = split == "train"
    known = get_dataset(name).variant({"data_dir": data_dir, **options})
    find = get_dataset(name).find
    if (
        image_size is not None
        and "image_size" in inspect.signature(find).parameters
    ):
        # Made at the size that is trained on.
        options["image_size"] = tuple(image_size)
    dataset = describe(name, data_dir, split, **options)
    if dataset is None:
        raise ValueError(
            f"There is no {split} split of dataset {name!r}; a folder has one "
            "with `val_image_dir` and `val_label_dir`."
        )
    preprocessing = make_preprocessing(
        known,
        training,
        image_size,
        load_size,
        preprocess_mode,
        flip,
        unknown_class=dataset.unknown_class,
    )
    return make_pipeline(
        dataset,
        preprocessing,
        batch_size,
        training,
        seed=seed,
        repeat=False,
        cache=cache,
    )


def make_preprocessing(
    name: str | Dataset,
    training: bool,
    image_size: tuple[int, int] | None = None,
    load_size: int | tuple[int, int] | None = None,
    preprocess_mode: Mode | None = None,
    flip: bool = True,
    legacy_shortside: bool = False,
    unknown_class: int | None = None,
) -> Preprocessing:
    """Says how files of a dataset become images: as given, else as its paper.

    Args:
        name: str or `Dataset`. Dataset name, or what `Dataset.variant`
            returns for its arguments.
        training: bool. Evaluation loads at the crop size, so that nothing is
            cut off.
        image_size: `(height, width)` in pixels of the images to generate.
            Unset: that of the dataset's paper. Defaults to `None`.
        load_size: int or `(height, width)` in pixels. Size to which files are
            resized before the crop to `image_size`. Unset: 286/256 of
            `image_size`. Defaults to `None`.
        preprocess_mode: str. How files become images of `image_size`:
            `resize_and_crop`, `crop`, `scale_width`, `scale_width_and_crop`,
            `scale_shortside`, `scale_shortside_and_crop`, `fixed` or `none`.
            Unset: that of the dataset's paper. Defaults to `None`.
        flip: bool. Whether to mirror half of the training samples.
            Defaults to `True`.
        legacy_shortside: bool. Whether to distort images in the
            `scale_shortside` modes as the official code does.
            Defaults to `False`.
        unknown_class: int or `None`. Of the dataset, see `Preprocessing`.
            Defaults to `None`.

    Returns:
        `Preprocessing`.

    Raises:
        ValueError: If mode and sizes do not fit together.
    """
    known = get_dataset(name) if isinstance(name, str) else name
    arguments = dict(known.preprocessing)
    legacy_shortside |= arguments.pop("legacy_shortside", False)
    paper_size = arguments["crop_size"]
    if preprocess_mode is not None:
        arguments["mode"] = preprocess_mode
    if image_size is not None:
        arguments["crop_size"] = tuple(image_size)
        # The paper's margin around the crop, at the new size.
        ratio = 286 / 256 if arguments["load_size"] != paper_size else 1
        arguments["load_size"] = tuple(
            round(side * ratio) for side in image_size
        )
        if "scale" in arguments["mode"]:
            side = 0 if "shortside" in arguments["mode"] else 1
            arguments["load_size"] = arguments["load_size"][side]
    if load_size is not None:
        if arguments["mode"] in ("crop", "fixed", "none"):
            raise ValueError(
                f"`load_size` has no effect with "
                f"`preprocess_mode={arguments['mode']}`: leave it out, or "
                "choose another mode."
            )
        if isinstance(load_size, tuple) and load_size[0] == load_size[1]:
            load_size = load_size[0]
        arguments["load_size"] = load_size
    if not training and arguments["mode"] == "resize_and_crop":
        arguments["load_size"] = arguments["crop_size"]
    return Preprocessing(
        **arguments,
        flip=flip,
        legacy_shortside=legacy_shortside,
        unknown_class=unknown_class,
    )
