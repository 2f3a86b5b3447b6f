import unittest

import keras

from keras_semsynth import losses


def every_term():
    """Yields each term of the room, with other values than its defaults."""
    arguments = {
        "Adversarial": {"mode": "wasserstein", "side": "fake"},
        "ClassCrossEntropy": {"of": "fake", "ignore_label": 3},
        "KL": {"divisor": 2},
        "LabelMix": {"reduction": "sum", "reference": True},
        "Perceptual": {"reads": ("perceptual", "generated.image", "source")},
        "SemanticVector": {"kind": "perceptual"},
        "SquaredFeatureMatching": {"reduction": "mean"},
    }
    for name in set(losses.__all__) - {"Term"}:
        term = getattr(losses, name)
        if isinstance(term, type) and issubclass(term, losses.Term):
            yield term(weight=0.3, trains=False, **arguments.get(name, {}))


class TermTest(unittest.TestCase):
    def test_every_term_survives_serialization(self):
        for term in every_term():
            with self.subTest(type(term).__name__):
                copy = keras.saving.deserialize_keras_object(
                    keras.saving.serialize_keras_object(term)
                )
                self.assertIs(type(copy), type(term))
                self.assertEqual(vars(copy), vars(term))
                self.assertEqual(copy.weight, 0.3)

    def test_a_term_is_given_what_it_reads_in_order(self):
        class Difference(losses.Term):
            reads = ("generated.image", "image")

            def formula(self, fake, real):
                return fake - real

        seen = {"image": 2.0, "generated.image": 5.0, "other": 7.0}
        self.assertEqual(Difference()(seen), 3.0)

    def test_name_and_player_can_be_chosen(self):
        term = losses.FeatureMatching(2.0, "features", "discriminator")
        self.assertEqual(
            (term.weight, term.name, term.player),
            (2.0, "features", "discriminator"),
        )
        self.assertEqual(losses.FeatureMatching.player, "generator")

    def test_a_term_without_formula_says_so(self):
        with self.assertRaisesRegex(NotImplementedError, "has no formula"):
            losses.Term()({})

    def test_the_sides_of_the_patch_game_have_their_players(self):
        self.assertEqual(
            [(t.player, t.name, t.reads) for t in losses.adversarial_terms()],
            [
                ("generator", "adversarial", ("fake.scores",)),
                ("discriminator", "real", ("real.scores",)),
                ("discriminator", "fake", ("fake.scores",)),
            ],
        )
