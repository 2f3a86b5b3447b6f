import numpy as np
from keras import ops

from keras_semsynth.layers import INADE
from tests import numpy_layers
from tests.layers.test_spade import randomized
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

LABEL_MAP = random_label_map((2, 6, 10), 4)
CODES = random((2, 4, 3), 5)


def spread(codes, label_map):
    """Gives each pixel the vector of its class."""
    return np.stack([x[ids] for x, ids in zip(codes, label_map, strict=True)])


def inade_in_numpy(layer, features, label_map, noise):
    """Normalizes and modulates, with noise `(batch, height, width, dim)`."""

    def drawn(name):
        mean, deviation, linear = (
            ops.convert_to_numpy(getattr(layer, f"{name}_{part}")).astype(
                "float64"
            )
            for part in ("mean", "deviation", "noise")
        )
        return mean[label_map] + deviation[label_map] * (noise @ linear)

    x = numpy_layers.batch_norm(features)[0]
    return x * drawn("scale") + drawn("shift")


class INADETest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            INADE,
            {"num_classes": 4, "noise_dim": 3},
            call_args=[
                random((2, 6, 10, 5)),
                {"label_map": LABEL_MAP, "codes": spread(CODES, LABEL_MAP)},
            ],
            output_shape=(2, 6, 10, 5),
            trainable=6,
            non_trainable=2,
        )

    def test_noise_of_classes_and_of_pixels_equals_the_equations(self):
        layer = randomized(INADE(4, noise_dim=3), 5)
        features = random((2, 6, 10, 5))
        pixels = random((2, 6, 10, 3), 7)
        soft = one_hot_map(LABEL_MAP, 4)
        for labels, codes, noise in (
            (LABEL_MAP, CODES, spread(CODES, LABEL_MAP)),
            (soft, CODES, spread(CODES, LABEL_MAP)),
            (LABEL_MAP, pixels, pixels),
            (soft, pixels, pixels),
        ):
            with self.subTest(labels=labels.ndim, codes=codes.ndim):
                expected = inade_in_numpy(layer, features, LABEL_MAP, noise)
                output = layer(
                    features,
                    {"label_map": labels, "codes": codes},
                    training=True,
                )
                self.assert_close(output, expected, 1e-5)

    def test_other_noise_of_a_class_modulates_its_pixels_alone(self):
        layer = randomized(INADE(4, noise_dim=3), 5)
        other = CODES.copy()
        other[:, 2] += 1
        first, second = (
            [
                ops.convert_to_numpy(x)
                for x in layer.scale_and_shift(
                    {"label_map": LABEL_MAP, "codes": codes}
                )
            ]
            for codes in (CODES, other)
        )
        for one, two in zip(first, second, strict=True):
            changed = np.any(one != two, axis=-1)
            np.testing.assert_array_equal(changed, LABEL_MAP == 2)

    def test_modulation_starts_around_the_identity(self):
        layer = INADE(4, noise_dim=16)
        layer.build((None, None, None, 200))
        scale, shift = (
            ops.convert_to_numpy(x)
            for x in layer.scale_and_shift(
                {
                    "label_map": np.arange(4, dtype="int32")[None, None],
                    "codes": np.random.default_rng(0)
                    .normal(size=(1, 4, 16))
                    .astype("float32"),
                }
            )
        )
        for value, mean in ((scale, 1.0), (shift, 0.0)):
            self.assertAlmostEqual(float(value.mean()), mean, delta=0.1)
            self.assertAlmostEqual(float(value.std()), 0.3, delta=0.1)

    def test_bad_arguments_are_named(self):
        for bad in ({"num_classes": 0}, {"noise_dim": 0}):
            (name,) = bad
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                INADE(**{"num_classes": 4, **bad})
