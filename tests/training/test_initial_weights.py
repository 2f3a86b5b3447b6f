"""New runs that start from the weights of others. None of them trains."""

import pathlib
import tempfile
import unittest

import keras
import numpy as np

from keras_semsynth import training
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_gan
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.training.checkpointing import Checkpointing
from keras_semsynth.training.earlier_run import EarlierRun
from keras_semsynth.training.initial_weights import check_initial
from keras_semsynth.training.initial_weights import load_initial_weights
from keras_semsynth.training.initial_weights import match_classes
from keras_semsynth.training.progress import Progress
from tests import golden
from tests.training.test_earlier_run import DATASET
from tests.training.test_earlier_run import FOLDER
from tests.training.test_earlier_run import make_gan

AVERAGED = FOLDER.replace(objective={"ema_decay": 0.9})
# "c" goes, "d" comes, and the order is another.
OTHER = {**DATASET, "class_names": ["d", "b", "a"]}


def named(*names, unknown=None):
    return {
        "num_classes": len(names),
        "class_names": list(names),
        "unknown_class": unknown,
    }


def kernel(network):
    return keras.ops.convert_to_numpy(network.weights[0])


class MatchTest(unittest.TestCase):
    def test_names_decide_where_both_have_them(self):
        old = named("sky", "Tree", "house")
        same = match_classes(old, old)
        self.assertTrue(same.identical and same.by_name)
        match = match_classes(named("tree", "car", "sky"), old)
        self.assertEqual(match.pairs, ((0, 1), (2, 0)))
        self.assertEqual((match.new, match.dropped), (("car",), ("house",)))

    def test_ids_decide_where_one_has_none(self):
        for new in (named("class 0", "class 1"), {"num_classes": 2}):
            match = match_classes(new, named("sky", "tree", "house"))
            self.assertFalse(match.by_name)
            self.assertEqual(match.pairs, ((0, 0), (1, 1)))
            self.assertEqual(match.dropped, ("house",))
        match = match_classes(named("a", "b"), {"num_classes": 1})
        self.assertEqual((match.pairs, match.new), (((0, 0),), ("b",)))

    def test_unlabelled_matches_unlabelled_only(self):
        old = named("sky", "tree", "unknown", unknown=2)
        new = named("tree", "void", "sky", "unknown", unknown=1)
        match = match_classes(new, old)
        self.assertEqual(match.pairs, ((0, 1), (1, 2), (2, 0)))
        self.assertEqual(match.new, ("unknown",))
        match = match_classes(named("class 0", "class 1", "class 2"), old)
        self.assertEqual(match.pairs, ((0, 0), (1, 1)))
        self.assertEqual(match.dropped, ("unknown",))


@golden.slow_on_jax
class InitialWeightsTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        keras.utils.set_random_seed(1)
        cls.old = make_gan(AVERAGED)
        for weight in cls.old.ema_generator.weights:
            weight.assign(weight + 1)
        cls.directory = RunDirectory(cls.root / "run")
        cls.directory.open()
        AVERAGED.save(cls.directory.path)
        atomic.write_json(cls.directory.dataset_path, DATASET)
        saver = Checkpointing(
            training.CheckpointStore(cls.directory.checkpoints_path),
            Progress(3, 4, 2),
        )
        saver.set_model(cls.old)
        saver.save()
        cls.old.ema_generator.save(cls.directory.generator_path)
        cls.directory.release()

    def load(self, source=None, dataset=DATASET, experiment=AVERAGED):
        keras.utils.set_random_seed(2)
        count = dataset["num_classes"]
        gan = build_gan(experiment, LabelSpace(count, False, (32, 32)))
        gan.build()
        source = source or self.directory.path
        return gan, load_initial_weights(gan, source, dataset)

    def test_a_run_gives_all_networks_and_the_average(self):
        gan, sentences = self.load()
        for name in ("generator", "discriminator", "ema_generator"):
            for new, old in zip(
                getattr(gan, name).weights,
                getattr(self.old, name).weights,
                strict=True,
            ):
                np.testing.assert_array_equal(
                    *map(keras.ops.convert_to_numpy, (new, old)), name
                )
        total = len(self.old.generator.weights)
        self.assertIn(
            f"The generator got {total} of {total} weights.", sentences
        )
        self.assertIn("matched by name: 3 of its 3.", sentences[-1])

    def test_classes_that_come_and_go_are_said(self):
        gan, sentences = self.load(dataset=OTHER)
        self.assertIn(
            "by name: 2 of its 3; new: d; left out: c.", sentences[-1]
        )
        self.assertIn("in part", sentences[1])
        new, old = kernel(gan.generator), kernel(self.old.generator)
        np.testing.assert_array_equal(new[:, :, [1, 2]], old[:, :, [1, 0]])
        self.assertFalse(np.allclose(new[:, :, 0], old[:, :, 2]))

    def test_a_generator_file_gives_the_generator_alone(self):
        gan, sentences = self.load(self.directory.generator_path)
        self.assertIn("The discriminator starts from new weights.", sentences)
        average = kernel(self.old.ema_generator)
        np.testing.assert_array_equal(kernel(gan.generator), average)
        np.testing.assert_array_equal(kernel(gan.ema_generator), average)
        with self.subTest("and so do its weights"):
            path = self.root / "converted.weights.h5"
            self.old.generator.save_weights(path)
            gan, sentences = self.load(path)
            np.testing.assert_array_equal(
                kernel(gan.generator), kernel(self.old.generator)
            )
            self.assertIn("matched by id", sentences[-1])

    def test_other_networks_are_refused_by_name(self):
        wider = AVERAGED.replace(generator={"filters": 2})
        with self.assertRaisesRegex(
            PartError, "`init_from=.*`generator.filters` is 1 there and 2 here"
        ):
            self.load(experiment=wider)
        path = self.root / "broken.keras"
        path.write_bytes(b"no weights")
        with self.assertRaisesRegex(PartError, "broken.keras` cannot be read"):
            self.load(path)
        path = self.root / "nan.weights.h5"
        weight = self.old.generator.weights[0]
        value = keras.ops.convert_to_numpy(weight)
        weight.assign(np.full(value.shape, np.nan))
        self.old.generator.save_weights(path)
        weight.assign(value)
        with self.assertRaisesRegex(PartError, "NaN .* in generator, ema_gen"):
            self.load(path)

    def test_nothing_to_start_from_is_said_at_once(self):
        check_initial(None)
        check_initial(self.directory.path)
        check_initial(self.directory.generator_path)
        for source in (self.root, self.root / "absent.keras"):
            with self.assertRaisesRegex(PartError, "`init_from=.*must be a ru"):
                check_initial(source)

    def test_a_run_that_goes_on_keeps_its_own_weights(self):
        earlier = EarlierRun(self.directory)
        new = AVERAGED.replace(run={"init_from": "elsewhere"})
        self.assertEqual(earlier.keep_initial(new), AVERAGED)
