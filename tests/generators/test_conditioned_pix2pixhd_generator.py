import keras
import numpy as np

from keras_semsynth.generators import ConditionedPix2PixHDGenerator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {
    "num_classes": 5,
    "image_size": (16, 16),
    "filters": 2,
    "num_downsamplings": 2,
    "num_blocks": 1,
    "hidden_filters": 3,
    "use_edge_map": True,
}


class ConditionedPix2PixHDGeneratorTest(SemsynthTestCase):
    def test_the_label_map_matters_inside(self):
        # Two layouts that the first convolution cannot tell apart.
        maps = [random_label_map((1, 16, 16), 5, seed) for seed in range(2)]
        edge_map = np.abs(random((1, 16, 16, 1)))
        for conditioning in ("spade", "concat"):
            generator = ConditionedPix2PixHDGenerator(
                **SMALL,
                conditioning=conditioning,
                spectral=False,
                initializer_gain=1.0,
            )
            generator.build()
            kernel = generator.first_conv.kernel
            kernel.assign(np.zeros(kernel.shape, "float32"))
            images = [
                keras.ops.convert_to_numpy(generator(m, edge_map=edge_map))
                for m in maps
            ]
            self.assertEqual(images[0].shape, (1, 16, 16, 3))
            self.assertGreater(np.abs(images[0] - images[1]).max(), 1e-3)

    def test_it_survives_saving_and_bad_arguments_are_named(self):
        generator = ConditionedPix2PixHDGenerator(**SMALL)
        revived = keras.saving.deserialize_keras_object(
            keras.saving.serialize_keras_object(generator)
        )
        self.assertEqual(revived.get_config(), generator.get_config())
        with self.assertRaisesRegex(ValueError, "`conditioning` must be"):
            ConditionedPix2PixHDGenerator(5, conditioning="film")
