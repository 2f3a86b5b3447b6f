import numpy as np
from keras import ops

from keras_semsynth.layers import PositionCode
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random_label_map


def code_in_numpy(mask, size, deviation, iterations, relative):
    half = size // 2
    mask = x = np.float64(mask)
    for _ in range(iterations):
        previous = x
        padded = np.pad(x, [[0, 0], [half, half], [half, half], [0, 0]])
        total = np.zeros_like(x)
        for i in range(size):
            for j in range(size):
                square = (i - half) ** 2 + (j - half) ** 2
                weight = np.exp(-square / (2 * deviation**2))
                rows = slice(i, i + x.shape[1])
                columns = slice(j, j + x.shape[2])
                total += weight * padded[:, rows, columns]
        x = total * mask
    return x / (previous + 1e-8) if relative else x


class PositionCodeTest(SemsynthTestCase):
    soft = one_hot_map(random_label_map((2, 6, 9), 3), 3)

    def test_contract(self):
        self.check_layer(
            PositionCode,
            {"window_size": 5, "deviation": 1.0, "iterations": 2},
            call_args=[self.soft],
            output_shape=(2, 6, 9, 3),
            trainable=0,
            non_trainable=0,
            output_dtype="float32",
            fits=False,
        )

    def test_codes_equal_the_definition(self):
        for arguments in (
            (7, 1.5, 1, False),
            (5, 1.0, 3, False),
            (3, 2.0, 2, True),
        ):
            self.assert_close(
                PositionCode(*arguments)(self.soft),
                code_in_numpy(self.soft, *arguments),
                2e-6,
            )

    def test_the_inside_of_a_region_has_the_sum_of_the_window(self):
        code = ops.convert_to_numpy(PositionCode()(np.ones((1, 9, 9, 1), "f4")))
        self.assertAlmostEqual(code[0, 4, 4, 0], 13.65, delta=0.01)
        self.assertLess(code[0, 0, 0, 0], code[0, 1, 1, 0])

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"window_size": 4}, "`window_size` must be a positive odd"),
            ({"iterations": 0}, "`iterations` must be"),
            ({"deviation": 0}, "`deviation` must be positive"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                PositionCode(**bad)
