"""How alike SC-GAN's semantic vectors of different classes are."""

import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.generators import Generator

KINDS = ("conv", "norm")


def class_vectors(
    generator: Generator,
    label_maps: np.ndarray,
    edge_maps: np.ndarray | None = None,
) -> dict[str, np.ndarray]:
    """Mean semantic vector of every class over some layouts.

    The vectors of all resolutions are averaged on their own and joined; a
    cell of a coarse one counts for each class by its part of the cell.

    Args:
        generator: A built `generators.Generator` that has `vector_generator`,
            such as `SCGANGenerator`.
        label_maps: Integer array `(count, height, width)`.
        edge_maps: Float array `(count, height, width, 1)`, or `None`.
            Defaults to `None`.

    Returns:
        dict of `"conv"` and `"norm"` (vectors that mix convolutions and
        normalizations): float64 arrays `(num_classes, dims)`, rows of NaN for
        classes that do not occur.
    """
    sums, counts = {}, {}
    for i, label_map in enumerate(label_maps):
        with backend.no_gradients():
            encoded = generator.vector_generator(
                label_map[None].astype("int32"),
                None if edge_maps is None else edge_maps[i : i + 1],
                training=False,
            )
        for kind in KINDS:
            for stage, vectors in enumerate(encoded[f"{kind}_vectors"]):
                vectors = ops.convert_to_numpy(vectors)[0].astype("float64")
                total, count = _by_class(
                    vectors, label_map, generator.num_classes
                )
                key = (kind, stage)
                sums[key] = sums.get(key, 0) + total
                counts[key] = counts.get(key, 0) + count
    means = {key: _divide(sums[key], counts[key]) for key in sums}
    return {
        kind: np.concatenate(
            [means[key] for key in sorted(means) if key[0] == kind], axis=1
        )
        for kind in KINDS
    }


def _by_class(vectors, label_map, num_classes):
    """Sums vectors by class; a coarse cell counts by its parts of classes."""
    height, width = vectors.shape[:2]
    one_hot = label_map[..., None] == np.arange(num_classes)
    parts = one_hot.reshape(
        height, -1, width, one_hot.shape[1] // width, num_classes
    )
    parts = parts.mean((1, 3))
    return np.einsum("hwc,hwd->cd", parts, vectors), parts.sum((0, 1))[:, None]


def _divide(total, count):
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def cosine_similarity(vectors: np.ndarray) -> np.ndarray:
    """Cosine of the angle between each two vectors.

    Args:
        vectors: Float array `(count, dims)`.

    Returns:
        float64 array `(count, count)`; NaN where a vector is NaN or zero.
    """
    vectors = np.asarray(vectors, "float64")
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    lengths = np.where(lengths > 0, lengths, np.nan)
    vectors = vectors / lengths
    return vectors @ vectors.T
