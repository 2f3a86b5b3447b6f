"""How alike SC-GAN's semantic vectors of different classes are."""

import numpy as np
from keras import ops

from keras_semsynth import backend
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files.progress_line import ProgressLine
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
    for label_map, encoded in _encoded(generator, label_maps, edge_maps):
        for kind in KINDS:
            for stage, vectors in enumerate(encoded[kind]):
                total, count = _by_class(
                    vectors.astype("float64"), label_map, generator.num_classes
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


def sample_vectors(
    generator: Generator,
    label_maps: np.ndarray,
    edge_maps: np.ndarray | None = None,
    share: float = 0.01,
    most: int = 10_000,
    seed: int = 0,
) -> tuple[dict[str, np.ndarray], np.ndarray, int]:
    """Draws semantic vectors of single pixels.

    There is one vector for each pixel of the finest resolution; those of the
    coarser ones are of the cell that the pixel lies in, and all are joined.

    Args:
        generator: As for `class_vectors`; so are the next two.
        label_maps: Integer array `(count, height, width)`.
        edge_maps: Float array `(count, height, width, 1)`, or `None`.
            Defaults to `None`.
        share: float in `(0, 1]`. Part of the pixels to draw. Defaults to
            `0.01`, as in SC-GAN's figure 3.
        most: int. Pixels to draw at most. Defaults to `10_000`.
        seed: int. Defaults to `0`.

    Returns:
        Tuple of a dict of `"conv"` and `"norm"`, `float32` arrays
        `(count, dims)`; an integer array of the classes `(count,)`; and how
        many vectors there are in all.
    """
    random = np.random.default_rng(seed)
    found = {kind: [] for kind in KINDS}
    classes, total = [], 0
    for label_map, encoded in _encoded(generator, label_maps, edge_maps):
        size = encoded["conv"][-1].shape[:2]
        pixels = size[0] * size[1]
        total += pixels
        count = min(share * pixels, most / len(label_maps))
        places = random.choice(pixels, max(1, round(count)), replace=False)
        rows, columns = np.divmod(places, size[1])
        classes.append(resize_nearest(label_map, size)[rows, columns])
        for kind in KINDS:
            stages = [
                vectors[
                    rows * vectors.shape[0] // size[0],
                    columns * vectors.shape[1] // size[1],
                ]
                for vectors in encoded[kind]
            ]
            found[kind].append(np.concatenate(stages, axis=1))
    vectors = {kind: np.concatenate(parts) for kind, parts in found.items()}
    return vectors, np.concatenate(classes), total


def _encoded(generator, label_maps, edge_maps):
    """Yields each label map with its vectors: kind -> one array a stage."""
    line = ProgressLine("Semantic vectors", len(label_maps), "layouts")
    for i, label_map in enumerate(label_maps):
        with backend.no_gradients():
            encoded = generator.vector_generator(
                label_map[None].astype("int32"),
                None if edge_maps is None else edge_maps[i : i + 1],
                training=False,
            )
        yield (
            label_map,
            {
                kind: [
                    ops.convert_to_numpy(vectors)[0]
                    for vectors in encoded[f"{kind}_vectors"]
                ]
                for kind in KINDS
            },
        )
        line.update(i + 1)


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
