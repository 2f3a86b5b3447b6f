import keras
import pytest

from keras_semsynth.generators import SPADEGenerator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import relative_error
from tests.semsynth_test_case import settle_spectral_vectors


class DeduplicateTest(SemsynthTestCase):
    @pytest.mark.skipif(
        keras.backend.backend() == "jax",
        reason="JAX cannot count patches while compiling",
    )
    def test_a_deduplicated_generator_makes_the_same_image(self):
        generator = SPADEGenerator(5, (128, 64), filters=2, hidden_filters=4)
        generator.build()
        settle_spectral_vectors(generator)
        for variable in generator.weights:
            if variable.path.endswith("bias"):
                variable.assign(random(variable.shape, scale=0.5))
        label_map = random_label_map((2, 16, 8), 5)
        label_map = label_map.repeat(8, axis=1).repeat(8, axis=2)
        expected = generator(label_map)
        generator.deduplicate = True
        self.assertLess(relative_error(generator(label_map), expected), 1e-4)
        self.assertLess(
            relative_error(generator.predict(label_map, verbose=0), expected),
            1e-4,
        )

    def test_it_refuses_an_edge_map(self):
        with self.assertRaisesRegex(ValueError, "deduplicate=False"):
            SPADEGenerator(5, use_edge_map=True, deduplicate=True)
