"""What cannot fit is refused before it is made."""

import time
import unittest

from keras_semsynth.backend import peak_process_memory
from keras_semsynth.experiments import PartError
from keras_semsynth.training.checks import check_experiment
from keras_semsynth.training.footprint import checkpoint_bytes
from keras_semsynth.training.memory_checks import count_state
from keras_semsynth.training.train import build_networks
from tests.training.test_train import TINY

HUGE = 10**9
# Changes of an experiment, and what is to be lowered.
REFUSED = (
    ({"generator": {"filters": 10**6}}, "lower `generator.filters`"),
    (
        {"generator": ("pix2pixhd", {"filters": 10**6})},
        "lower `generator.filters`",
    ),
    ({"generator": ("oasis", {"filters": HUGE})}, "lower `generator.filters`"),
    (
        {"generator": ("pix2pixhd", {"num_blocks": HUGE})},
        "`num_blocks` must be",
    ),
    (
        {"discriminator": {"filters": HUGE, "max_filters": HUGE}},
        "lower `discriminator.(max_)?filters`",
    ),
    ({"discriminator": {"num_scales": HUGE}}, "`num_scales` must be"),
    ({"run": {"batch_size": HUGE}}, "lower `batch_size` or `image_size`"),
    (
        {"objective": {"discriminator_steps": HUGE}},
        "lower `batch_size`, `objective.discriminator_steps` or",
    ),
    ({"data": {"image_size": (10**5, 10**5)}}, "lower `image_size`"),
    ({"data": {"count": 10**12}}, "lower `count`"),
    ({"run": {"logical_devices": 10**5}}, "`logical_devices"),
)


class MemoryChecksTest(unittest.TestCase):
    def test_what_no_machine_could_hold_is_refused_in_one_sentence(self):
        before = peak_process_memory()
        for change, expected in REFUSED:
            with self.subTest(change):
                start = time.monotonic()
                with self.assertRaisesRegex(ValueError, expected) as caught:
                    check_experiment(TINY.replace(**change))
                self.assertNotIn("\n", str(caught.exception))
                self.assertLess(time.monotonic() - start, 60)
        self.assertLess(peak_process_memory() - before, 2**29)

    def test_the_estimate_of_weights_and_optimizers_is_that_of_a_checkpoint(
        self,
    ):
        experiment = TINY.replace(
            encoder=("style", {"filters": 1, "style_dim": 3}),
            objective={"ema_decay": 0.9},
        )
        checked = check_experiment(experiment)
        counted = sum(
            count_state(experiment, checked.space, kind)
            for kind in ("generator", "discriminator", "encoder")
        )
        held = checkpoint_bytes(build_networks(checked)) // 4
        # Metrics, iterations and rates are numbers too.
        self.assertGreaterEqual(held, counted)
        self.assertLess(held - counted, 40)

    def test_a_network_that_cannot_be_built_is_told_as_its_part(self):
        with self.assertRaises(PartError) as caught:
            check_experiment(
                TINY.replace(
                    generator=("scgan", {"position_window": 10**9 + 1})
                )
            )
        self.assertEqual(caught.exception.kind, "generator")
