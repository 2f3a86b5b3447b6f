import numpy as np
from keras import ops

from keras_semsynth.layers.class_codes import spread_codes
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class SpreadCodesTest(SemsynthTestCase):
    def test_each_pixel_has_the_vector_of_its_class_in_its_layout(self):
        codes, label_map = random((2, 4, 3)), random_label_map((2, 5, 7), 4)
        found = ops.convert_to_numpy(spread_codes(codes, label_map))
        for i in range(2):
            np.testing.assert_array_equal(found[i], codes[i][label_map[i]])
        shared = ops.convert_to_numpy(spread_codes(codes[:1], label_map))
        np.testing.assert_array_equal(shared, codes[0][label_map])

    def test_an_id_outside_the_classes_has_none(self):
        codes = random((2, 4, 3))
        found = spread_codes(codes, np.array([[[-1, 4]], [[9, 2]]], "int32"))
        found = ops.convert_to_numpy(found)
        self.assertEqual(np.abs(found[0]).max(), 0)
        self.assertEqual(np.abs(found[1, 0, 0]).max(), 0)
        np.testing.assert_array_equal(found[1, 0, 1], codes[1, 2])

    def test_class_weights_mix_vectors(self):
        codes, weights = random((2, 4, 3)), random((2, 5, 7, 4))
        expected = np.einsum("bhwk,bkl->bhwl", weights, codes)
        self.assert_close(spread_codes(codes, weights), expected, 1e-5)
