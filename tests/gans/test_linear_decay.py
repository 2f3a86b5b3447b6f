import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth.gans import LinearDecay
from tests.golden import Golden


def rates(schedule, epochs, steps_per_epoch=1):
    return [
        float(ops.convert_to_numpy(schedule(epoch * steps_per_epoch)))
        for epoch in range(epochs)
    ]


class LinearDecayTest(unittest.TestCase):
    def test_rates_are_those_of_the_official_program(self):
        golden = Golden("spade_lr_schedule")
        for index, run in enumerate(golden.meta["runs"]):
            schedule = LinearDecay(
                run["lr"], run["niter"], run["niter_decay"], steps_per_epoch=7
            )
            for player, factor in (("G", 0.5), ("D", 2.0)):
                expected = golden.arrays[f"out/{player}_{index}"] * 1e-9
                scaled = schedule.scaled(factor if run["ttur"] else 1.0)
                actual = rates(scaled, len(expected), 7)
                # The file holds whole 1e-9 units.
                np.testing.assert_allclose(actual, expected, atol=1e-9)

    def test_the_rate_changes_at_the_first_step_of_an_epoch_only(self):
        schedule = LinearDecay(1.0, 1, 4, steps_per_epoch=10)
        actual = rates(schedule, 60)
        expected = np.repeat([1.0, 1.0, 0.75, 0.5, 0.25, 0.0], 10)
        np.testing.assert_allclose(actual, expected, atol=1e-7)

    def test_steps_beyond_what_float32_counts_stay_exact(self):
        steps = 2**24 + 1
        schedule = LinearDecay(1.0, 0, 2, steps_per_epoch=steps)
        self.assertEqual(float(schedule(steps - 1)), 1.0)
        self.assertEqual(float(schedule(steps)), 0.5)

    def test_a_longer_run_never_raises_the_rate_again(self):
        for done in (1, 3, 5, 6):
            planned = rates(LinearDecay(1.0, 2, 4), 6)
            longer = LinearDecay(1.0, 5, 4)
            last = planned[done - 1]
            resumed = rates(longer.resumed(0, last), 9)[done:]
            with self.subTest(done=done):
                self.assertLessEqual(max(resumed), last)
                self.assertTrue((np.diff(resumed) <= 0).all())
                # It is the plan of the longer run once that falls below.
                expected = np.minimum(rates(longer, 9), last)[done:]
                np.testing.assert_array_equal(resumed, expected)
                self.assertAlmostEqual(resumed[-1], 0.25)

    def test_epochs_of_another_length_shift_the_schedule(self):
        # Two epochs of 10 steps are done; now an epoch has 5.
        schedule = LinearDecay(1.0, 1, 4, 5).resumed(2 * 5 - 20)
        actual = [float(schedule(step)) for step in range(20, 36)]
        expected = np.repeat([0.75, 0.5, 0.25, 0.0], [5, 5, 5, 1])
        np.testing.assert_allclose(actual, expected)
        again = LinearDecay.from_config(schedule.get_config())
        self.assertEqual(float(again(20)), 0.75)

    def test_steps_factor_keeps_pace_with_several_updates_a_step(self):
        schedule = LinearDecay(1.0, 1, 4, steps_per_epoch=10).scaled(2.0, 3)
        self.assertEqual(schedule.steps_per_epoch, 30)
        self.assertEqual(float(schedule(59)), 2.0)
        self.assertEqual(float(schedule(60)), 1.5)

    def test_it_survives_serialization_inside_an_optimizer(self):
        optimizer = keras.optimizers.Adam(LinearDecay(2e-4, 3, 5, 11))
        config = keras.saving.serialize_keras_object(optimizer)
        copy = keras.saving.deserialize_keras_object(config)
        self.assertEqual(
            copy._learning_rate.get_config(),
            optimizer._learning_rate.get_config(),
        )

    def test_no_decay_keeps_the_rate(self):
        self.assertEqual(rates(LinearDecay(0.5, 2), 5), [0.5] * 5)

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "constant_epochs=-1"):
            LinearDecay(1.0, -1)
        with self.assertRaisesRegex(ValueError, "steps_per_epoch=0"):
            LinearDecay(1.0, 1, 1, 0)
