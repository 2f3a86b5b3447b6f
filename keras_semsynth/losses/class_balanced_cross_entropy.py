"""Cross entropy of a discriminator that tells classes, and fake, by pixel."""

from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.precision import full_precision
from keras_semsynth.losses.term import Term


def class_balanced_cross_entropy(
    logits: Tensor,
    label_map: Tensor,
    ignore_label: int | None = None,
    balance: bool = True,
) -> Tensor:
    """Cross entropy of real classes, each class with the same total weight.

    Logit 0 means fake and logit `y + 1` class `y`. The weight of a pixel of
    class `y` is `pixels / (classes * pixels of y)`, counted over the batch,
    where `classes` is the number of classes that occur. The mean is over all
    pixels, also those that are ignored. The batch is that of all replicas, or
    with `replica_statistics="paper"` that of one.

    Args:
        logits: Float tensor `(batch, height, width, num_classes + 1)`.
        label_map: Integer tensor `(batch, height, width)` of the classes the
            pixels should be taken for. An id outside `[0, num_classes)` has
            weight zero.
        ignore_label: int or `None`. A class of weight zero (unknown); it does
            not count as one that occurs. Without balance it is a class as any
            other, as in the official code. Defaults to `None`.
        balance: bool. Whether to weigh classes; otherwise all pixels have
            weight one. Defaults to `True`.

    Returns:
        Scalar tensor, at least float32.

    Raises:
        ValueError: If `label_map` does not hold ids.

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085),
          which restates them as Eq. 3 and 4
    """
    logits = full_precision(logits)
    num_classes = logits.shape[-1] - 1
    ids = _ids(label_map)
    known = ops.logical_and(ids >= 0, ids < num_classes)
    ids = ops.where(known, ids, 0)
    losses = ops.sparse_categorical_crossentropy(
        ids + 1, logits, from_logits=True
    )
    weights = ops.cast(known, losses.dtype)
    if balance:
        table = class_weights(label_map, num_classes, ignore_label)
        weights = weights * ops.cast(ops.take(table, ids), losses.dtype)
    return ops.mean(weights * losses)


def fake_cross_entropy(logits: Tensor, shown: Tensor | None = None) -> Tensor:
    """Cross entropy of the class fake at every pixel, without weights.

    Args:
        logits: Float tensor `(batch, height, width, num_classes + 1)`; logit 0
            means fake.
        shown: bool tensor `(batch, height, width)`, or `None`. Pixels over
            which the mean is taken; the others show nothing, in real images
            too. Defaults to `None`: all.

    Returns:
        Scalar tensor, at least float32.

    Reference:
        - [OASIS, ICLR 2021](https://arxiv.org/abs/2012.04781)
        - [DP-GAN, BMVC 2022](https://arxiv.org/abs/2210.04085),
          which restates it as Eq. 4
    """
    logits = full_precision(logits)
    return _mean_over(ops.logsumexp(logits, axis=-1) - logits[..., 0], shown)


def _mean_over(values, shown):
    if shown is None:
        return ops.mean(values)
    shown = ops.cast(shown, values.dtype)
    # The mean over replicas, too, is one over the pixels of all.
    count = backend.statistics_mean(ops.sum(shown))
    return ops.sum(shown * values) / ops.maximum(count, 1.0)


def class_weights(
    label_map: Tensor,
    num_classes: int,
    ignore_label: int | None = None,
) -> Tensor:
    """Inverse frequency of each class in a batch, over the classes in it.

    Args:
        label_map: Integer tensor `(batch, height, width)`.
        num_classes: int.
        ignore_label: As for `class_balanced_cross_entropy`.

    Returns:
        float32 tensor `(num_classes,)`; zero for classes that do not occur.
    """
    ids = ops.reshape(_ids(label_map), (-1,))
    known = ops.logical_and(ids >= 0, ids < num_classes)
    # One more segment takes what has no class.
    ids = ops.where(known, ids, num_classes)
    counts = ops.segment_sum(
        ops.ones_like(ids), ids, num_segments=num_classes + 1
    )
    counts = ops.cast(counts[:num_classes], "float32")
    if ignore_label is not None:
        counts = counts * ops.cast(
            ops.not_equal(ops.arange(num_classes), ignore_label), "float32"
        )
    counts = backend.statistics_mean(counts)
    present = ops.sum(ops.cast(counts > 0, "float32"))
    pixels = ops.cast(ops.shape(ids)[0], "float32")
    weights = pixels / (ops.maximum(present, 1.0) * ops.maximum(counts, 1e-9))
    return ops.where(counts > 0, weights, 0.0)


def _ids(label_map):
    if len(label_map.shape) != 3:
        raise ValueError(
            "`label_map` must hold ids `(batch, height, width)`: a class is "
            f"counted by pixels. Received: shape={tuple(label_map.shape)}."
        )
    return ops.cast(label_map, "int32")


class ClassCrossEntropy(Term):
    """Pixels are taken for their classes.

    Args:
        of: str. Which pixels: `"real"` ones, in the loss of the discriminator,
            or `"fake"` ones, in that of the generator. Defaults to `"real"`.
        ignore_label: int or `None`. Class of weight zero. Defaults to `None`.
        balance: bool. Whether classes are weighted by their inverse frequency
            in the batch. Defaults to `True`.
        **kwargs: Arguments of `Term`.
    """

    def __init__(
        self,
        of: str = "real",
        ignore_label: int | None = None,
        balance: bool = True,
        **kwargs,
    ):
        self.name = "real" if of == "real" else "adversarial"
        self.player = "discriminator" if of == "real" else "generator"
        self.tells_certainty = of == "real"
        self.reads = (f"{of}.logits", "judged.label_map")
        super().__init__(**kwargs)
        self.of = of
        self.ignore_label = ignore_label
        self.balance = balance

    def formula(self, logits: Tensor, label_map: Tensor) -> Tensor:
        return class_balanced_cross_entropy(
            logits,
            label_map,
            self.ignore_label,
            self.balance,
        )

    def certainty(self, logits: Tensor, label_map: Tensor) -> Tensor:
        # ADA's Eq. 1 for N + 1 classes: the score of a pixel is the logarithm
        # of how much likelier one of the N real classes is than fake, so the
        # sign is negative where the discriminator takes it for generated.
        logits = full_precision(logits)
        score = ops.logsumexp(logits[..., 1:], axis=-1) - logits[..., 0]
        # Not where augmentation shows nothing.
        return _mean_over(ops.sign(score), _ids(label_map) >= 0)


class FakeCrossEntropy(Term):
    """The discriminator knows generated pixels as fake."""

    name = "fake"
    player = "discriminator"
    reads = ("fake.logits", "judged.shown")
    formula = staticmethod(fake_cross_entropy)
