"""Where a run trains."""

import unittest
from unittest import mock

import keras
import pytest
import tensorflow as tf

from keras_semsynth.training.strategies import Strategy
from keras_semsynth.training.strategies import choice
from keras_semsynth.training.strategies import open_strategy
from keras_semsynth.training.strategies.choice import check_batch_size
from keras_semsynth.training.strategies.choice import sharing


def on_devices(devices, name="auto", batch_size=8):
    """Returns a strategy on devices that this machine need not have.

    What MirroredStrategy makes of them is a tuple of their names.
    """
    with (
        mock.patch.object(choice, "visible_devices", return_value=devices),
        mock.patch.object(tf.distribute, "MirroredStrategy", side_effect=tuple),
    ):
        return open_strategy(name, batch_size)


def gpus(count):
    return [f"/GPU:{index}" for index in range(count)]


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow",
    reason="MirroredStrategy is TensorFlow's",
)
class AutoTest(unittest.TestCase):
    def check(self, strategy, sentence, replicas, images):
        self.assertEqual(str(strategy), sentence)
        self.assertEqual(strategy.num_replicas, replicas)
        self.assertEqual(strategy.images_per_replica, images)

    def test_without_a_gpu_it_trains_on_the_cpu(self):
        strategy = on_devices(["/CPU:0"])
        self.check(strategy, "1 replica, 8 images a step, on one CPU.", 1, 8)
        self.assertIs(type(strategy), Strategy)

    def test_on_one_gpu_it_has_one_replica(self):
        strategy = on_devices(gpus(1))
        self.check(strategy, "1 replica, 8 images a step, on one GPU.", 1, 8)
        self.assertIs(type(strategy), Strategy)

    def test_on_several_gpus_each_has_a_replica(self):
        strategy = on_devices(gpus(8), batch_size=32)
        self.check(
            strategy, "8 replicas, 4 images a step each, on 8 GPUs.", 8, 4
        )
        self.assertEqual(strategy._strategy, tuple(gpus(8)))

    def test_gpus_that_cannot_share_the_batch_are_left_out_and_counted(self):
        strategy = on_devices(gpus(8), batch_size=4)
        self.check(
            strategy,
            "4 replicas, 1 image a step each, on 4 GPUs of 8: all 8 cannot "
            "share a batch of 4 equally.",
            4,
            1,
        )
        self.assertEqual(strategy._strategy, tuple(gpus(4)))

    def test_one_device_can_be_asked_for(self):
        self.check(
            on_devices(gpus(8), "one"),
            "1 replica, 8 images a step, on one GPU of 8 (strategy=one).",
            1,
            8,
        )

    def test_mirrored_takes_every_gpu_or_says_why_not(self):
        strategy = on_devices(gpus(4), "mirrored")
        self.assertEqual(strategy.num_replicas, 4)
        with self.assertRaisesRegex(ValueError, "`batch_size=8` cannot be"):
            on_devices(gpus(3), "mirrored")

    def test_parts_of_the_cpu_stand_in_for_gpus(self):
        self.assertEqual(choice.visible_devices(2), ["/CPU:0", "/CPU:1"])


class StrategyTest(unittest.TestCase):
    def test_as_many_devices_share_a_batch_as_divide_it(self):
        for batch_size, devices, expected in (
            (32, 8, 8),
            (4, 8, 4),
            (5, 8, 5),
            (7, 4, 1),
            (1, 8, 1),
            (6, 4, 3),
        ):
            self.assertEqual(sharing(batch_size, devices), expected)

    def test_an_unequal_share_names_the_batch_sizes_that_are_equal(self):
        check_batch_size(8, 4)
        for batch_size, said in ((6, "use 4, 8 or"), (1, "use 4, 4 or")):
            with self.assertRaisesRegex(ValueError, said):
                check_batch_size(batch_size, 4)

    def test_wrong_names_are_refused(self):
        with self.assertRaisesRegex(ValueError, "`strategy` must be one of"):
            open_strategy("some")
        with self.assertRaisesRegex(ValueError, "`precision` must be one of"):
            open_strategy(precision="float8")
        with self.assertRaisesRegex(ValueError, "are for `strategy=mirrored`"):
            open_strategy("one", logical_devices=2)
