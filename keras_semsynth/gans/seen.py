from collections.abc import Callable
from collections.abc import Mapping
from typing import Any

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import halves
from keras_semsynth.gans.batches import twice
from keras_semsynth.layers.image_transformation import ImageTransformation
from keras_semsynth.losses.relativistic import image_scores


class Seen:
    """What the terms of a step read by name, made when it is first read.

    `seen["image"]` is a value, `seen["fake.scores"]` an entry of one. So every
    network passes as often as the terms need it, and in their order.

    Args:
        values: Mapping, name -> value. What is there already.
        makers: Mapping, name -> function without arguments that makes the
            value.

    Raises:
        KeyError: If nothing of that name can be read.
    """

    def __init__(
        self,
        values: Mapping[str, Any],
        makers: Mapping[str, Callable[[], Any]],
    ):
        self.values = dict(values)
        self.makers = dict(makers)

    def __contains__(self, name: str) -> bool:
        return name in self.values or name in self.makers

    def __getitem__(self, name: str) -> Any:
        name, _, entry = name.partition(".")
        if name not in self.values:
            self.values[name] = self.makers[name]()
        return self.values[name][entry] if entry else self.values[name]


def look(
    gan: keras.Model,
    batch: Batch,
    fake: Tensor | None = None,
    training: bool = True,
) -> Seen:
    """Says how each thing is made that terms read in a step.

    Args:
        gan: `SemanticGAN`.
        batch: dict of `image` and the inputs, which may be `None`.
        fake: Images to judge, or `None` to generate them. Defaults to `None`.
        training: bool. Defaults to `True`.

    Returns:
        `Seen`.
    """

    def judge(image):
        return gan.judge(judged["layout"], image, training)

    def score_gradients(image):
        # A second pass of the same images: it must not count for power
        # iterations and statistics, nor could JAX assign inside of it.
        return backend.input_gradients(
            lambda x: image_scores(
                gan.judge(judged["layout"], x, training=False)
            ),
            image,
        )

    def generated():
        if fake is not None:
            return {"image": fake}
        return gan.synthesize(batch, training)

    def both():
        images = judged["fake"]
        real = ops.cast(judged["real"], images.dtype)
        inputs = {name: judged["layout"][name] for name in gan.input_names}
        fake_and_real = halves(
            gan.judge(twice(inputs), ops.concatenate([images, real]), training)
        )
        return dict(zip(("fake", "real"), fake_and_real, strict=True))

    makers = {
        "judge": lambda: judge,
        "judged": lambda: judged,
        "score_gradients": lambda: score_gradients,
        "noise": lambda: gan.draw_noise,
        "perceptual": lambda: gan.perceptual,
        "generated": generated,
        "both": both,
        "fake": lambda: judge(judged["fake"]),
        "real": lambda: judge(judged["real"]),
    }
    if gan.judges_together:
        makers["fake"] = lambda: seen["both.fake"]
        makers["real"] = lambda: seen["both.real"]
    seen = Seen(batch, makers)
    if training and gan.augmenter is not None:
        judged = _transformed(gan, seen, batch)
    else:
        judged = _as_they_are(seen, batch)
    return seen


def _as_they_are(seen: Seen, batch: Batch) -> Seen:
    """What is judged where nothing is augmented."""
    return Seen(
        {"layout": batch, "shown": None},
        {
            "fake": lambda: seen["generated.image"],
            "real": lambda: seen["image"],
            "label_map": lambda: seen["label_map"],
        },
    )


def _transformed(gan: keras.Model, seen: Seen, batch: Batch) -> Seen:
    """What is judged where pictures and their layouts are augmented.

    A generated picture and the real one of its layout go through the same, so
    that their features can be compared.
    """

    def transformation() -> ImageTransformation:
        return gan.draw_transformation(seen["image"])

    def layout():
        moved = {"label_map": judged["transformation"].of_label_map}
        moved["edge_map"] = judged["transformation"].of_map
        return {
            name: moved[name](x) if name in moved and x is not None else x
            for name, x in batch.items()
        }

    judged = Seen(
        {},
        {
            "transformation": transformation,
            "layout": layout,
            "shown": lambda: judged["transformation"].shown,
            "fake": lambda: judged["transformation"].of_image(
                seen["generated.image"]
            ),
            "real": lambda: judged["transformation"].of_image(seen["image"]),
            "label_map": lambda: judged["layout.label_map"],
        },
    )
    return judged
