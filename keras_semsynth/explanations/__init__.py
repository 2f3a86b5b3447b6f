"""Pictures of what the networks of a run look at.

`visualizers` and what builds on it need the extra `vis` and the TensorFlow
backend; importing this package does not.
"""

from keras_semsynth.explanations.class_pictures import class_pictures
from keras_semsynth.explanations.explanation import Explanation
from keras_semsynth.explanations.explanation import explain
from keras_semsynth.explanations.fake_evidence import FakeView
from keras_semsynth.explanations.fake_evidence import fake_views
from keras_semsynth.explanations.label_dependence import LabelDependence
from keras_semsynth.explanations.label_dependence import inner_pixels
from keras_semsynth.explanations.page import Figure
from keras_semsynth.explanations.page import Section
from keras_semsynth.explanations.page import write_page
from keras_semsynth.explanations.semantic_vectors import class_vectors
from keras_semsynth.explanations.semantic_vectors import cosine_similarity
from keras_semsynth.explanations.semantic_vectors import sample_vectors
from keras_semsynth.explanations.uniform_layouts import uniform_layouts
from keras_semsynth.explanations.vector_map import vector_map
from keras_semsynth.explanations.visualizers import require_visualizers

__all__ = [
    "Explanation",
    "FakeView",
    "Figure",
    "LabelDependence",
    "Section",
    "class_pictures",
    "class_vectors",
    "cosine_similarity",
    "explain",
    "fake_views",
    "inner_pixels",
    "require_visualizers",
    "sample_vectors",
    "uniform_layouts",
    "vector_map",
    "write_page",
]
