from collections.abc import Sequence

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.image_transformation import ImageTransformation
from keras_semsynth.layers.image_transformation import rectangle
from keras_semsynth.layers.image_transformation import shifted

# Each is done or not, and has that many random numbers besides.
OPERATIONS = {"color": 3, "translation": 2, "cutout": 2, "flip": 1}
# Columns of the random numbers, the same whatever is chosen.
NUMBERS = sum(OPERATIONS.values()) + len(OPERATIONS)
# What is logged where the probability adapts.
ADAPTED = ("probability", "certainty")
# A picture moves by up to an eighth of its side.
SHIFT_DIVISOR = 8
# Mini-batches over which ADA averages before it changes the probability.
INTERVAL = 4


class Augmenter(keras.layers.Layer):
    """Draws what the discriminator's pictures go through, and how often.

    With a target it keeps the discriminator from learning the pictures by
    heart: after every 4 of its mini-batches the probability rises by
    `images in them / adaptive_images` if the discriminator was more certain of
    the real pictures than the target, and falls by as much if it was less.

    Args:
        operations: Sequence of str: `"color"`, `"translation"`, `"cutout"`,
            `"flip"`. What may be done to a picture.
        probability: float in `[0, 1]`, or `None`. Probability of each of them
            for each picture, with a target that of the first step. Defaults to
            `None`: 1, and 0 with a target.
        target: float in `(-1, 1)`, or `None`. Certainty that is aimed at.
            Defaults to `None`: the probability stays what it is.
        images: int >= 1. Images in which the probability can rise from 0 to 1.
            Defaults to `500000`.
        **kwargs: Base layer arguments such as `name`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> augmenter = keras_semsynth.gans.Augmenter(("color", "translation"))
    >>> augmenter.build()
    >>> numbers = np.random.default_rng(0).uniform(size=(2, 12))
    >>> augmenter.draw(numbers, (64, 96)).of_image(image).shape
    (2, 64, 96, 3)

    Reference:
        - [DiffAugment, NeurIPS 2020](https://arxiv.org/abs/2006.10738),
          section 4: the operations and their ranges. That the middle of the
          square that is cut out is uniform over the image is our reading.
        - [ADA, NeurIPS 2020](https://arxiv.org/abs/2006.06676), section 3.1
          and Eq. 1: the controller. Written without the papers at hand.
    """

    def __init__(
        self,
        operations: Sequence[str],
        probability: float | None = None,
        target: float | None = None,
        images: int = 500_000,
        **kwargs,
    ):
        super().__init__(autocast=False, **kwargs)
        for operation in operations:
            check_choice(tuple(OPERATIONS), augmentation=operation)
        if probability is not None and not 0 <= probability <= 1:
            raise ValueError(
                "`augmentation_probability` must be from 0 to 1. Received: "
                f"augmentation_probability={probability}."
            )
        if target is not None and not -1 < target < 1:
            raise ValueError(
                "`adaptive_target` must be between -1 and 1, or None for a "
                f"probability that stays. Received: adaptive_target={target}."
            )
        check_at_least(1, adaptive_images=images)
        self.operations = tuple(operations)
        self.target = target
        self.images = images
        if probability is None:
            probability = 1.0 if target is None else 0.0
        self.probability = probability

    @property
    def is_adaptive(self) -> bool:
        """Whether the probability changes in training."""
        return self.target is not None

    def build(self, input_shape=None):
        def variable(name, value, shape=()):
            return self.add_weight(
                name=name,
                shape=shape,
                initializer=keras.initializers.Constant(value),
                dtype="float32",
                trainable=False,
                autocast=False,
                aggregation="mean",
            )

        if self.is_adaptive:
            self.present_probability = variable("probability", self.probability)
            # Mini-batches since the last change, their images, and the sum of
            # the certainties.
            self.window = variable("window", 0.0, (3,))
        self.built = True

    def draw(
        self, numbers: Tensor, image_size: Sequence[int | Tensor]
    ) -> ImageTransformation:
        """Chooses a transformation for every picture of a batch.

        Args:
            numbers: float32 tensor `(batch, NUMBERS)`, uniform in `[0, 1)`.
            image_size: Sequence `(height, width)`.

        Returns:
            `layers.ImageTransformation`.
        """
        numbers = ops.cast(numbers, "float32")
        rest = [numbers[:, i] for i in range(NUMBERS)]
        probability = self.probability
        if self.is_adaptive:
            probability = ops.convert_to_tensor(self.present_probability)
        color = sources = blank = None
        rows = columns = flipped = None
        for operation, count in OPERATIONS.items():
            is_done, *own = rest[: count + 1]
            del rest[: count + 1]
            if operation not in self.operations:
                continue
            is_done = is_done < probability
            if operation == "color":
                color = _color(is_done, *own)
            elif operation == "translation":
                rows, columns = (
                    _shift(is_done, number, size)
                    for number, size in zip(own, image_size, strict=True)
                )
            elif operation == "cutout":
                center = [
                    _whole(number, size + 1)
                    for number, size in zip(own, image_size, strict=True)
                ]
                blank = rectangle(image_size, center, is_done)
            else:
                flipped = ops.logical_and(is_done, own[0] < 0.5)
        if flipped is not None and rows is None:
            rows = columns = ops.zeros_like(flipped, "int32")
        if rows is not None:
            height, width = image_size
            sources = shifted(height, rows), shifted(width, columns, flipped)
        return ImageTransformation(color, sources, blank)

    def adapt(self, certainty: Tensor, images: int | Tensor) -> None:
        """Takes note of a mini-batch of the discriminator.

        Args:
            certainty: Scalar tensor in `[-1, 1]`, how sure it was of the real
                pictures; averaged over the replicas here.
            images: int or scalar integer tensor. Images in the mini-batch, on
                one replica.
        """
        certainty = backend.replica_mean(ops.cast(certainty, "float32"))
        images = ops.cast(images, "float32") * backend.num_replicas()
        window = ops.convert_to_tensor(self.window)
        window = window + ops.stack(
            [ops.ones_like(certainty), images, certainty]
        )
        batches, images, total = window[0], window[1], window[2]
        is_due = batches >= INTERVAL
        step = ops.sign(total / batches - self.target) * images / self.images
        probability = ops.convert_to_tensor(self.present_probability)
        probability = probability + ops.where(is_due, step, 0.0)
        self.present_probability.assign(ops.clip(probability, 0.0, 1.0))
        self.window.assign(ops.where(is_due, ops.zeros_like(window), window))


def _color(is_done, brightness, saturation, contrast):
    """Ranges of DiffAugment: [-0.5, 0.5], [0, 2] and [0.5, 1.5]."""
    return (
        ops.where(is_done, brightness - 0.5, 0.0),
        ops.where(is_done, 2.0 * saturation, 1.0),
        ops.where(is_done, contrast + 0.5, 1.0),
    )


def _shift(is_done, number, size):
    most = (size + SHIFT_DIVISOR // 2) // SHIFT_DIVISOR
    return ops.where(is_done, _whole(number, 2 * most + 1) - most, 0)


def _whole(number, count):
    """A whole number in `[0, count)` of one in `[0, 1)`."""
    # A product in float32 can be rounded up to the end.
    scaled = ops.cast(ops.floor(number * ops.cast(count, "float32")), "int32")
    return ops.minimum(scaled, count - 1)
