"""Many-dimensional vectors as points in the plane."""

import numpy as np


def require_vector_map() -> None:
    """Raises unless scikit-learn can be used.

    Raises:
        ImportError: If scikit-learn is missing.
    """
    _tsne()


def vector_map(vectors: np.ndarray, seed: int = 0) -> np.ndarray:
    """Lays vectors out in the plane, close ones close together, by t-SNE.

    Args:
        vectors: Float array `(count, dims)`, of at least two vectors and two
            dimensions.
        seed: int. Defaults to `0`.

    Returns:
        `float32` array `(count, 2)`.

    Raises:
        ImportError: If scikit-learn is missing.

    Reference:
        - [van der Maaten and Hinton, 2008](
          https://www.jmlr.org/papers/v9/vandermaaten08a.html)
    """
    # It asks for a perplexity below the number of vectors; three times as many
    # is the least that its authors advise.
    perplexity = min(30.0, (len(vectors) - 1) / 3)
    model = _tsne()(
        perplexity=perplexity, init="pca", random_state=seed, n_jobs=-1
    )
    return model.fit_transform(np.asarray(vectors, "float32"))


def _tsne():
    try:
        from sklearn.manifold import TSNE
    except ImportError as error:
        raise ImportError(
            "A map of semantic vectors needs scikit-learn: "
            f'pip install "keras_semsynth[vis]" ({error}).'
        ) from error
    return TSNE
