"""A ready `tf.data.Dataset` from a dataset's name."""

from keras_semsynth.data.describe import describe
from keras_semsynth.data.describe import preprocessing_defaults
from keras_semsynth.data.pipeline import make_pipeline
from keras_semsynth.data.preprocessing import Preprocessing


def load(
    name: str,
    root: str | None = None,
    split: str = "train",
    batch_size: int = 1,
    image_size: tuple[int, int] | None = None,
    load_size: int | tuple[int, int] | None = None,
    mode: str | None = None,
    flip: bool = True,
    seed: int = 0,
    cache: str = "auto",
    **options,
):
    """Loads a dataset with the preprocessing of its paper, for `fit`.

    Training data are shuffled anew in every epoch; other splits come in order
    and unflipped.

    Args:
        name: str. See `describe`.
        root: str or `None`. Root folder of a known dataset. Defaults to
            `None`.
        split: str, `"train"`, `"val"` or `"test"`. Defaults to `"train"`.
        batch_size: int. Defaults to `1`.
        image_size: `(height, width)` in pixels. Defaults to the paper's.
        load_size: int or `(height, width)` in pixels. Defaults to the paper's
            for training and to `image_size` otherwise.
        mode: str. See `Preprocessing`. Defaults to the paper's.
        flip: bool. Whether training mirrors. Defaults to `True`.
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
    if name == "landscapes" and image_size is not None:
        options["image_size"] = tuple(image_size)
    dataset = describe(name, root, split, **options)
    preprocessing = Preprocessing(
        **preprocessing_arguments(name, training, image_size, load_size, mode),
        flip=flip,
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


def preprocessing_arguments(
    name: str,
    training: bool,
    image_size: tuple[int, int] | None = None,
    load_size: int | tuple[int, int] | None = None,
    mode: str | None = None,
) -> dict:
    """Sizes and mode for `Preprocessing`: the given ones, else the paper's.

    Args:
        name: str. Dataset name.
        training: bool. Evaluation loads at the crop size, so that nothing is
            cut off.
        image_size: `(height, width)` or `None`. Defaults to `None`.
        load_size: int, pair or `None`. Defaults to `None`.
        mode: str or `None`. Defaults to `None`.

    Returns:
        Dict of arguments of `Preprocessing`.
    """
    arguments = preprocessing_defaults(name)
    paper_size = arguments["crop_size"]
    if mode is not None:
        arguments["mode"] = mode
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
        arguments["load_size"] = load_size
    if not training and arguments["mode"] == "resize_and_crop":
        arguments["load_size"] = arguments["crop_size"]
    return arguments
