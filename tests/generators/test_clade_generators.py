"""CLADE in the place of SPADE, in every generator that has it."""

import numpy as np
import pytest
from keras import ops

from keras_semsynth.checkpoints import to_official
from keras_semsynth.generators import CCFPSEGenerator
from keras_semsynth.generators import DPGANGenerator
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.layers import CLADE
from keras_semsynth.layers import SPADE
from keras_semsynth.layers import ConditionedSPADE
from keras_semsynth.layers import position_map
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import dot
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map
from tests.semsynth_test_case import settle_spectral_vectors
from tests.semsynth_test_case import weight_gradients

SIZE = (32, 32)
SMALL = {"num_classes": 5, "image_size": SIZE, "filters": 2}
# Generator, its arguments, and how many layers SPADE has in it.
GENERATORS = {
    "spade": (SPADEGenerator, {"use_edge_map": True}, 18),
    "oasis": (OASISGenerator, {"noise_dim": 3}, 16),
    "dpgan": (DPGANGenerator, {"noise_dim": 3, "pyramid_filters": 4}, 16),
    "ccfpse": (CCFPSEGenerator, {"use_edge_map": True}, 4),
    "ccfpse_spade": (CCFPSEGenerator, {"block": "spade"}, 18),
    "scgan": (SCGANGenerator, {"start_filters": 2, "vector_filters": 2}, 4),
}
LABEL_MAP = random_label_map((1, *SIZE), 5)
EDGE_MAP = random((1, *SIZE, 1))


def made(name, **options):
    network, arguments, _ = GENERATORS[name]
    generator = network(**SMALL, **arguments, **options)
    generator.build()
    return generator


def draw(generator, label_map=LABEL_MAP, **options):
    if generator.use_edge_map:
        options["edge_map"] = EDGE_MAP
    return generator(label_map, seed=1, **options)


def layers_of(generator, kinds):
    return [
        layer
        for layer in generator._flatten_layers()
        if isinstance(layer, kinds)
    ]


class CLADEGeneratorsTest(SemsynthTestCase):
    def test_it_stands_wherever_spade_does(self):
        for name, (_, _, count) in GENERATORS.items():
            with self.subTest(name):
                generator = made(name, conditioning="clade")
                self.assertEqual(len(layers_of(generator, CLADE)), count)
                spade = layers_of(generator, (SPADE, ConditionedSPADE))
                self.assertEqual(spade, [])

    @pytest.mark.slow  # differentiates all of them
    def test_gradients_reach_every_table(self):
        for name in GENERATORS:
            with self.subTest(name):
                generator = made(name, conditioning="clade", position_map=True)
                settle_spectral_vectors(generator)
                cotangent = random((1, *SIZE, 3), seed=1)
                found = weight_gradients(
                    generator,
                    lambda generator=generator, cotangent=cotangent: dot(
                        draw(generator, training=False), cotangent
                    ),
                )
                tables = 0
                for weight, gradient in zip(
                    generator.trainable_variables, found, strict=True
                ):
                    self.assertTrue(np.isfinite(gradient).all(), weight.path)
                    if "norm_" in weight.path and (
                        "/gamma/" in weight.path or "position" in weight.path
                    ):
                        self.assertTrue(np.any(gradient), weight.path)
                        tables += 1
                self.assertGreaterEqual(tables, GENERATORS[name][2])

    def test_levels_hold_the_positions_of_the_whole_map(self):
        generator = made("oasis", conditioning="clade", position_map=True)
        layout, _ = generator.read(LABEL_MAP, None, None, 1)
        whole = ops.convert_to_numpy(position_map(LABEL_MAP, 5))
        for i, level in enumerate(generator.layout_levels(layout)):
            step = 32 // 2**i
            np.testing.assert_array_equal(
                ops.convert_to_numpy(level["positions"]),
                whole[:, ::step, ::step],
            )

    def test_soft_labels_draw_what_their_ids_do(self):
        generator = made("spade", conditioning="clade", position_map=True)
        settle_spectral_vectors(generator)
        soft = np.eye(5, dtype="float32")[LABEL_MAP]
        self.assert_close(draw(generator, soft), draw(generator), 1e-4)

    def test_what_makes_no_sense_is_refused(self):
        for options, words in (
            ({"position_map": True}, '`conditioning="clade"` or'),
            ({"conditioning": "pixel"}, "`conditioning` must be one of"),
            (
                {"conditioning": "clade", "deduplicate": True},
                "use deduplicate=None",
            ),
        ):
            with self.assertRaisesRegex(ValueError, words):
                SPADEGenerator(5, **options)
        with self.assertRaisesRegex(ValueError, 'use `conditioning="spade"`'):
            SCGANGenerator(5, conditioning="clade", modulation="plain")
        with self.assertRaisesRegex(ValueError, "`conditioning` must be one"):
            OASISGenerator(5, conditioning="concat")

    def test_no_official_names_of_it_are_known(self):
        with self.assertRaisesRegex(ValueError, "no official names"):
            to_official(made("oasis", conditioning="clade"))
