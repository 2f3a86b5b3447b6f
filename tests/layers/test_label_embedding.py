import numpy as np
from keras import ops

from keras_semsynth.layers import LabelEmbedding
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def averages(x, cell):
    """Means over cells of `cell x cell` pixels."""
    batch, height, width, channels = x.shape
    x = x.reshape(batch, height // cell, cell, width // cell, cell, channels)
    return x.mean((2, 4))


class LabelEmbeddingTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            LabelEmbedding,
            {"filters": 3, "num_classes": 5, "num_levels": 2},
            call_args=[random_label_map((2, 16, 24), 5)],
            output_shape=[(2, 4, 6, 3), (2, 2, 3, 3)],
            trainable=2,
            non_trainable=0,
        )

    def test_it_averages_the_vectors_of_the_labels(self):
        label_map = random_label_map((2, 12, 24), 5)
        edges = random((2, 12, 24, 1))
        layer = LabelEmbedding(
            3, 5, extra_channels=1, cell_size=3, num_levels=3
        )
        layer.build()
        layer.vectors.bias.assign(random((3,)))
        joined = np.concatenate([one_hot_map(label_map, 5), edges], -1)
        kernel = ops.convert_to_numpy(layer.vectors.kernel)[0, 0]
        embedded = joined @ kernel + ops.convert_to_numpy(layer.vectors.bias)
        for level, cell in zip(
            layer(label_map, edges), (3, 6, 12), strict=True
        ):
            self.assert_close(level, averages(embedded, cell), 2e-6)
        soft = layer(one_hot_map(label_map, 5), edges)
        self.assert_close(soft[0], averages(embedded, 3), 2e-6)

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"filters": 0}, "`filters` must be"),
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"cell_size": 0}, "`cell_size` must be"),
            ({"num_levels": 0}, "`num_levels` must be"),
            ({"extra_channels": -1}, "`extra_channels` must be"),
        ]:
            with self.assertRaisesRegex(ValueError, message):
                LabelEmbedding(**{"filters": 2, "num_classes": 4, **bad})
