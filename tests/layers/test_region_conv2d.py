import numpy as np
from keras import ops

from keras_semsynth.layers import RegionConv2D
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def region_convolution(x, label_map, kernel, bias, strides):
    """The partial convolution of each pixel's class, pixel by pixel."""
    size = kernel.shape[0]
    half = size // 2
    batch, height, width, _ = x.shape
    rows, columns = range(0, height, strides), range(0, width, strides)
    result = np.zeros((batch, len(rows), len(columns), kernel.shape[-1]))
    for b in range(batch):
        for r, y in enumerate(rows):
            for c, z in enumerate(columns):
                total, count = np.zeros(kernel.shape[-1]), 0
                for i in range(-half, half + 1):
                    for j in range(-half, half + 1):
                        inside = 0 <= y + i < height and 0 <= z + j < width
                        if not inside:
                            continue
                        if label_map[b, y + i, z + j] != label_map[b, y, z]:
                            continue
                        count += 1
                        total += x[b, y + i, z + j] @ kernel[i + half, j + half]
                result[b, r, c] = total * size**2 / count + bias
    return result


class RegionConv2DTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            RegionConv2D,
            {"filters": 4, "strides": 2, "spectral": True},
            call_args=[random((2, 6, 9, 5)), random_label_map((2, 6, 9), 3)],
            output_shape=(2, 3, 5, 4),
            trainable=2,
            non_trainable=2,
        )

    def test_it_equals_the_equation(self):
        x, label_map = random((2, 6, 9, 5)), random_label_map((2, 6, 9), 3)
        for strides, size in ((1, 3), (2, 3), (2, 5), (1, 1)):
            with self.subTest(strides=strides, size=size):
                layer = RegionConv2D(4, size, strides=strides)
                layer.build(x.shape)
                kernel = random((1, 1, size * size * 5, 4))
                bias = random((4,), 2)
                layer.set_weights([kernel, bias])
                expected = region_convolution(
                    x,
                    label_map,
                    kernel.reshape(size, size, 5, 4),
                    bias,
                    strides,
                )
                self.assert_close(layer(x, label_map), expected, 1e-5)

    def test_other_regions_are_not_read(self):
        layer = RegionConv2D(4)
        x, label_map = random((1, 8, 8, 3)), random_label_map((1, 8, 8), 3)
        changed = np.where((label_map == 1)[..., None], x, x + 5)
        first, second = (
            ops.convert_to_numpy(layer(image, label_map))
            for image in (x, changed.astype("float32"))
        )
        same = np.all(first == second, axis=-1)
        np.testing.assert_array_equal(same, label_map == 1)

    def test_bad_arguments_are_named(self):
        for bad in ({"filters": 0}, {"kernel_size": 2}, {"strides": 0}):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                RegionConv2D(**{"filters": 4, **bad})
