import random
import unittest

import keras
import pytest
from keras import ops

from keras_semsynth import backend
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_discriminator
from keras_semsynth.experiments import build_encoder
from keras_semsynth.experiments import build_generator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.presets import MODELS
from keras_semsynth.presets import PRESETS
from keras_semsynth.scorers import UNetSegmenter
from tests.experiments.small import small

SPACE = LabelSpace(5, False, (256, 256))


def makers(experiment):
    """Yields the kind and the maker of each network of an experiment."""
    yield "generator", lambda: build_generator(experiment, SPACE)
    if experiment.discriminator is not None:
        yield "discriminator", lambda: build_discriminator(experiment, SPACE)
    if experiment.encoder is not None:
        yield "encoder", lambda: build_encoder(experiment, SPACE)


def count_real(network):
    network.build()
    return sum(ops.size(variable) for variable in network.variables)


class UnallocatedTest(unittest.TestCase):
    def check_counts(self, names):
        for name in names:
            for kind, make in makers(small(Experiment.from_preset(name))):
                with self.subTest(name, kind=kind):
                    self.assertEqual(
                        backend.count_variables(make), count_real(make())
                    )

    def test_networks_are_counted_to_the_last_number(self):
        self.check_counts(["spade", "ccfpse"])

    @pytest.mark.slow
    def test_networks_of_every_preset_are_counted_to_the_last_number(self):
        self.check_counts(PRESETS)

    def test_a_segmenter_is_counted_to_the_last_number(self):
        def make():
            return UNetSegmenter(5, filters=2, depth=2)

        self.assertEqual(backend.count_variables(make), count_real(make()))

    def test_what_no_machine_could_hold_is_counted(self):
        widths = dict.fromkeys(("filters", "hidden_filters"), 10**9)
        for model in MODELS:
            experiment = Experiment.from_preset(model)
            known = experiment.settings()["generator"]
            changes = {k: v for k, v in widths.items() if k in known}
            for kind, make in makers(experiment.replace(generator=changes)):
                if kind == "generator":
                    with self.subTest(model):
                        self.assertGreater(backend.count_variables(make), 2**63)

    def test_nothing_is_left_of_what_was_counted(self):
        random.seed(3)
        first, expected = random.random(), random.random()
        random.seed(3)
        self.assertEqual(random.random(), first)
        backend.count_variables(lambda: SPADEGenerator(5, filters=10**6))
        with self.assertRaisesRegex(ValueError, "filters"):
            backend.count_variables(lambda: SPADEGenerator(5, filters=0))
        self.assertEqual(random.random(), expected)
        # At the end of a scope, variables that wait get their values.
        with keras.StatelessScope():
            late = keras.layers.Dense(1)
            late.build((None, 1))
        self.assertEqual(ops.convert_to_numpy(late.kernel).shape, (1, 1))

    def test_variables_are_of_the_policy_outside(self):
        before = keras.config.dtype_policy()
        keras.config.set_dtype_policy("mixed_bfloat16")
        try:
            dtype = backend.unallocated(
                lambda: keras.layers.Dense(1).compute_dtype
            )
        finally:
            keras.config.set_dtype_policy(before)
        self.assertEqual(dtype, "bfloat16")
