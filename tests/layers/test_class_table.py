import numpy as np
from keras import ops

from keras_semsynth.layers import class_table
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import weight_gradients


class ClassTableTest(SemsynthTestCase):
    ids = random_label_map((2, 5, 7), 4)

    def test_every_pixel_gets_the_vector_of_its_class(self):
        table = class_table(4, 3)
        vectors = ops.convert_to_numpy(table.kernel)[0, 0]
        self.assertEqual(vectors.shape, (4, 3))
        self.assert_close(table(self.ids), vectors[self.ids], 0)

    def test_foreign_ids_get_zeros(self):
        table = class_table(4, 3)
        foreign = np.int32([[[-1, 4, 255]]])
        self.assert_close(table(foreign), np.zeros((1, 1, 3, 3)), 0)

    def test_a_soft_label_map_mixes_vectors(self):
        table = class_table(4, 3)
        weights = np.abs(random((2, 5, 7, 4)))
        vectors = ops.convert_to_numpy(table.kernel)[0, 0]
        self.assert_close(table(weights), weights @ vectors, 2e-6)

    def test_the_gradient_of_a_vector_is_the_sum_over_its_pixels(self):
        ids = np.zeros((1, 64, 64), "int32")
        ids[:, :, 60:] = 2
        # Half precision would stop at 256 for bfloat16, 2048 for float16.
        for dtype in ("float32", "mixed_bfloat16", "mixed_float16"):
            table = class_table(4, 3, dtype=dtype)
            cotangent = np.ones((1, 64, 64, 3), "float32")
            (found,) = weight_gradients(
                table,
                lambda table=table, cotangent=cotangent: dot(
                    ops.cast(table(ids), "float32"), cotangent
                ),
            )
            expected = np.zeros((4, 3))
            np.add.at(expected, ids.reshape(-1), cotangent.reshape(-1, 3))
            self.assert_close(found[0, 0], expected, 0)
