import math

import numpy as np

from keras_semsynth.scorers.adaptive_pooling import adaptive_average_pool
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


def numpy_pool(x, bins):
    _, height, width, _ = x.shape

    def span(size, k):
        return slice(k * size // bins, math.ceil((k + 1) * size / bins))

    rows = []
    for i in range(bins):
        row = [
            x[:, span(height, i), span(width, j)].mean((1, 2))
            for j in range(bins)
        ]
        rows.append(np.stack(row, axis=1))
    return np.stack(rows, axis=1)


class AdaptivePoolingTest(SemsynthTestCase):
    def test_cells_cover_the_map_also_where_sizes_do_not_divide(self):
        for size in ((6, 12), (8, 8), (7, 10), (2, 3), (1, 1)):
            x = random((2, *size, 3))
            for bins in (1, 2, 3, 6):
                with self.subTest(size=size, bins=bins):
                    self.assert_close(
                        adaptive_average_pool(x, bins),
                        numpy_pool(x, bins),
                        2e-6,
                    )
