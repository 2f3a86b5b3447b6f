import types
import unittest

import keras

from keras_semsynth.training.after_a_break import say_how_to_go_on


def broken_gan(players, precision="float32"):
    return types.SimpleNamespace(
        generator=types.SimpleNamespace(
            dtype_policy=keras.DTypePolicy(precision)
        ),
        optimizer=types.SimpleNamespace(members=lambda: dict.fromkeys(players)),
    )


class AfterABreakTest(unittest.TestCase):
    def test_the_arguments_that_have_an_effect_are_named(self):
        both = ("generator", "discriminator")
        own = {"generator_learning_rate": 1e-4}
        for gan, optimizers, named in (
            (broken_gan(both), {}, "`learning_rate` or `clip_norm` changed"),
            (
                broken_gan(both, "mixed_float16"),
                {},
                "`learning_rate`, `clip_norm` or `precision=float32` changed",
            ),
            (
                broken_gan(both),
                own,
                "`learning_rate`, `generator_learning_rate` or `clip_norm`",
            ),
            (
                broken_gan(both),
                {**own, "discriminator_learning_rate": 4e-4},
                "`generator_learning_rate`, `discriminator_learning_rate` or",
            ),
            (
                broken_gan(["generator"]),
                own,
                "with `generator_learning_rate` or `clip_norm` changed",
            ),
        ):
            sentence = say_how_to_go_on(gan, optimizers, 80)
            self.assertIn(named, sentence)
            self.assertIn("checkpoint of step 80 is intact", sentence)
            self.assertIn("`resume=changed`", sentence)
            sentence = say_how_to_go_on(gan, optimizers, None)
            self.assertIn(named, sentence)
            self.assertNotIn("`resume", sentence)
