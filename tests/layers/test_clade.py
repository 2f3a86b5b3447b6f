import numpy as np
from keras import ops

from keras_semsynth.layers import CLADE
from tests import numpy_layers
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

FEATURES = random((2, 5, 7, 3))
LEVEL = {
    "label_map": random_label_map((2, 5, 7), 4),
    "extra_map": random((2, 5, 7, 2), seed=1),
    "positions": random((2, 5, 7, 2), seed=2),
}
EVERYTHING = {"num_classes": 4, "extra_channels": 2, "position_map": True}


def level(*names):
    return {name: LEVEL[name] for name in names}


def randomized(layer):
    """Builds the layer with weights that leave nothing at its default."""
    layer.build((None, None, None, 3))
    for seed, weight in enumerate(layer.trainable_weights):
        weight.assign(random(weight.shape, seed, scale=0.3))
    return layer


def clade_in_numpy(layer, normalized, level):
    """The equations of the class on normalized features."""

    def values(part):
        return [np.float64(ops.convert_to_numpy(w)) for w in part.weights]

    gamma, beta = (
        values(table)[0][0, 0][level["label_map"]]
        for table in (layer.gamma, layer.beta)
    )
    if layer.extra_channels:
        (kernel,) = values(layer.extra)
        extra = np.split(level["extra_map"] @ kernel, 2, axis=-1)
        gamma, beta = gamma + extra[0], beta + extra[1]
    scale, shift = 1 + gamma, beta
    if layer.position_map:
        kernel, bias = values(layer.position)
        factors = 1 + level["positions"] @ kernel + bias
        scale, shift = scale * factors[..., :1], shift * factors[..., 1:]
    return normalized * scale + shift


class CLADETest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            CLADE,
            {"num_classes": 4},
            call_args=[FEATURES, level("label_map")],
            output_shape=(2, 5, 7, 3),
            trainable=2,
            non_trainable=2,
        )

    def test_contract_with_all_that_it_may_read(self):
        self.check_layer(
            CLADE,
            {**EVERYTHING, "normalization": "instance"},
            call_args=[FEATURES, LEVEL],
            output_shape=(2, 5, 7, 3),
            trainable=2 + 1 + 2,
            non_trainable=0,
        )

    def test_training_equals_the_equations(self):
        for options, normalization in (
            ({}, "sync_batch"),
            ({}, "instance"),
            ({"position_map": True}, "batch"),
            ({"extra_channels": 2}, "batch"),
            (EVERYTHING, "instance"),
        ):
            layer = randomized(
                CLADE(
                    **{"num_classes": 4, **options}, normalization=normalization
                )
            )
            if normalization == "instance":
                normalized = numpy_layers.instance_norm(FEATURES)
            else:
                normalized = numpy_layers.batch_norm(FEATURES)[0]
            self.assert_close(
                layer(FEATURES, LEVEL, training=True),
                clade_in_numpy(layer, normalized, LEVEL),
                3e-6,
            )

    def test_what_is_the_same_everywhere_comes_as_a_vector(self):
        layer = randomized(CLADE(4, extra_channels=2))
        vector = random((2, 2), seed=3)
        whole = np.broadcast_to(vector[:, None, None], (2, 5, 7, 2))
        self.assert_close(
            layer(FEATURES, {**LEVEL, "extra_map": vector}),
            layer(FEATURES, {**LEVEL, "extra_map": whole}),
            1e-6,
        )

    def test_a_soft_map_of_ones_and_zeros_is_like_its_ids(self):
        layer = randomized(CLADE(4))
        soft = one_hot_map(LEVEL["label_map"], 4)
        self.assert_close(
            layer(FEATURES, {"label_map": soft}),
            layer(FEATURES, level("label_map")),
            1e-6,
        )

    def test_foreign_ids_leave_the_normalization(self):
        layer = randomized(CLADE(4, normalization="instance"))
        foreign = {"label_map": np.full((2, 5, 7), 4, "int32")}
        self.assert_close(
            layer(FEATURES, foreign), numpy_layers.instance_norm(FEATURES), 2e-6
        )

    def test_positions_change_nothing_at_first(self):
        layer = CLADE(4, position_map=True)
        self.assert_close(
            layer(FEATURES, level("label_map", "positions")),
            layer(FEATURES, {**LEVEL, "positions": 0 * LEVEL["positions"]}),
            0,
        )

    def test_a_pixel_does_not_depend_on_its_neighbours(self):
        layer = randomized(CLADE(4))
        layer(FEATURES, level("label_map"))

        def corner(soft):
            return ops.sum(layer(FEATURES, {"label_map": soft})[:, 0, 0])

        (found,) = gradients(corner, [one_hot_map(LEVEL["label_map"], 4)])
        self.assertTrue(np.all(found[:, 0, 0] != 0))
        found[:, 0, 0] = 0
        self.assertTrue(np.all(found == 0))

    def test_bad_arguments_are_named(self):
        for options, name in (
            ({"num_classes": 0}, "num_classes"),
            ({"num_classes": 2, "extra_channels": -1}, "extra_channels"),
            ({"num_classes": 2, "normalization": "layer"}, "normalization"),
        ):
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                CLADE(**options)
