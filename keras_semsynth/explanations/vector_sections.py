"""The sections of the page about SC-GAN's semantic vectors (figure 3)."""

import numpy as np

from keras_semsynth.explanations import heat_map
from keras_semsynth.explanations import semantic_vectors
from keras_semsynth.explanations.page import Figure
from keras_semsynth.explanations.page import Section
from keras_semsynth.explanations.samples import Samples
from keras_semsynth.explanations.scatter import draw_scatter
from keras_semsynth.explanations.vector_map import vector_map

VECTORS = "How alike the semantic vectors of the classes are"
MAP = "Where the semantic vectors lie"
HEADINGS = {
    "conv": "Vectors that mix convolutions",
    "norm": "Vectors that mix normalizations",
}


def vectors_section(samples: Samples) -> Section:
    """Similarity of SC-GAN's semantic vectors.

    Args:
        samples: `Samples` of a generator with semantic vectors.

    Returns:
        `Section`.
    """
    run = samples.run
    vectors = semantic_vectors.class_vectors(
        samples.generator, run.label_maps, _edge_maps(samples)
    )
    section = Section(
        VECTORS,
        [
            "Cosine similarity between the classes' mean semantic vectors "
            f"over {len(samples)} held-out layouts (SC-GAN, figure 3), all "
            "resolutions joined. Classes with similar vectors are drawn with "
            "similar operators. Dark: least similar, yellow: 1.",
        ],
    )
    for kind, heading in HEADINGS.items():
        known = np.flatnonzero(np.isfinite(vectors[kind]).all(1))
        values = semantic_vectors.cosine_similarity(vectors[kind][known])
        low = min(float(values.min()), 1.0 - 1e-6)
        shades = heat_map.hot((values - low) / (1.0 - low), 1.0)
        # Text must be legible on the darkest cells.
        shades = (shades.astype("uint16") // 2 + 127).astype("uint8")
        names = [run.synthesizer.class_names[c] for c in known]
        picture = heat_map.enlarge(
            heat_map.hot((values - low) / (1.0 - low), 1.0),
            (16 * len(known), 16 * len(known)),
        )
        section.rows.append(("", [Figure(f"vectors_{kind}", picture, heading)]))
        section.matrices.append((heading, names, values, shades))
    return section


def map_section(samples: Samples, seed: int) -> Section:
    """Some of SC-GAN's semantic vectors in the plane, by t-SNE.

    Args:
        samples: `Samples` of a generator with semantic vectors.
        seed: int. Of the choice of vectors and of t-SNE.

    Returns:
        `Section`.
    """
    run = samples.run
    vectors, classes, total = semantic_vectors.sample_vectors(
        samples.generator, run.label_maps, _edge_maps(samples), seed=seed
    )
    names, palette = run.synthesizer.class_names, run.synthesizer.palette
    section = Section(
        MAP,
        [
            f"{len(classes)} semantic vectors of {total}, all resolutions "
            f"joined, of pixels drawn from {len(samples)} held-out layouts and "
            "laid out in the plane by t-SNE (SC-GAN, figure 3). Vectors that "
            "are close together mix operators alike. Colours are those of the "
            "classes; distances between groups mean little.",
        ],
    )
    for kind, heading in HEADINGS.items():
        picture = draw_scatter(
            vector_map(vectors[kind], seed), classes, names, palette
        )
        section.rows.append(("", [Figure(f"tsne_{kind}", picture, heading)]))
    return section


def _edge_maps(samples):
    return samples.run.edge_maps if samples.generator.use_edge_map else None
