"""Which changes a run accepts. One network serves most of these tests: none
of them trains."""

import contextlib
import csv
import io
import pathlib
import shutil
import tempfile
import unittest

import keras
import numpy as np
import pytest

from keras_semsynth import training
from keras_semsynth.data import Classes
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import LabelSpace
from keras_semsynth.experiments import build_gan
from keras_semsynth.experiments import compile_gan
from keras_semsynth.files import atomic
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.files.run_directory import RunError
from keras_semsynth.gans.finite_state import check_finite
from keras_semsynth.gans.saved_state import load_state
from keras_semsynth.training.changes import log_changes
from keras_semsynth.training.changes import optimizers_changed
from keras_semsynth.training.changes import read_changes
from keras_semsynth.training.checkpointing import Checkpointing
from keras_semsynth.training.earlier_run import EarlierRun
from keras_semsynth.training.progress import Progress
from tests import golden
from tests.training.test_train import TINY

CLASSES = 3
FOLDER = TINY.replace(
    data=(
        "folder",
        {
            "image_dir": "photos",
            "label_dir": "labels",
            "num_classes": CLASSES,
            "image_size": (32, 32),
        },
    )
)
DATASET = {
    "name": "folder",
    "paired": True,
    **Classes(("a", "b", "c")).to_json(),
    "use_edge_map": False,
    "image_size": [32, 32],
    "train_images": 4,
}


def make_gan(experiment, dtype="float32"):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(dtype)
    try:
        gan = build_gan(experiment, LabelSpace(CLASSES, False, (32, 32)))
        gan.build()
        compile_gan(gan, experiment, 2)
    finally:
        keras.config.set_dtype_policy(before)
    return gan


def rates_of(run_dir):
    """Reads the generator's learning rate of every row of the log."""
    with open(run_dir / "logs" / "train.csv", newline="") as file:
        rows = csv.DictReader(file)
        return [float(row["generator/learning_rate"]) for row in rows]


def slots_of(gan):
    """Copies the moments of both players and how often they were updated."""
    slots = {}
    for player, adam in gan.optimizer.members().items():
        slots[player, "iterations"] = adam._iterations
        for i, pair in enumerate(
            zip(adam._momentums, adam._velocities, strict=True)
        ):
            slots[player, i, "mean"], slots[player, i, "square"] = pair
    return {k: keras.ops.convert_to_numpy(v) for k, v in slots.items()}


@golden.slow_on_jax
class EarlierRunTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.gan = make_gan(FOLDER)
        for adam in cls.gan.optimizer.members().values():
            adam._iterations.assign(6)
            for i, mean in enumerate(adam._momentums):
                mean.assign(np.full(mean.shape, i + 1, "float32"))
        cls.slots = slots_of(cls.gan)
        run = RunDirectory(cls.root / "run")
        run.open()
        FOLDER.save(run.path)
        atomic.write_json(run.dataset_path, DATASET)
        progress = Progress(3, 4, 2)
        progress.step = 6
        saver = Checkpointing(
            training.CheckpointStore(run.checkpoints_path), progress
        )
        saver.set_model(cls.gan)
        saver.save()
        run.release()
        cls.earlier = EarlierRun(run)

    def check(self, accepted=True, dataset=None, gan=None, **parts):
        return self.earlier.check_changes(
            FOLDER.replace(**parts),
            {**DATASET, **(dataset or {})},
            gan or self.gan,
            accepted,
        )

    def refused(self, message, accepted=True, **options):
        with self.assertRaisesRegex(RunError, message) as caught:
            self.check(accepted, **options)
        return str(caught.exception)

    def test_a_lower_learning_rate_must_be_accepted(self):
        parts = {"optimizers": {"learning_rate": 1e-4}}
        self.refused(
            "`optimizers.learning_rate` was 0.0002 and is now 0.0001.*"
            "`resume=changed` to go on",
            accepted=False,
            **parts,
        )
        (change,) = self.check(**parts)
        self.assertEqual((change.old, change.new), (2e-4, 1e-4))

    def test_whatever_leaves_the_networks_alone_is_accepted(self):
        changes = self.check(
            data={"val_image_dir": "v", "val_label_dir": "w", "flip": False},
            objective={"feature_matching_weight": 5.0},
            optimizers={"decay_epochs": 1},
            run={
                "batch_size": 4,
                "strategy": "mirrored",
                "precision": "mixed_bfloat16",
            },
            dataset={"train_images": 9},
        )
        self.assertEqual(
            [change.name for change in changes],
            [
                "val_image_dir",
                "val_label_dir",
                "flip",
                "feature_matching_weight",
                "decay_epochs",
                "batch_size",
                "precision",
                "train_images",
            ],
        )

    def test_other_networks_are_refused_by_name(self):
        for part, change, said in (
            ("generator", {"filters": 2}, "`generator.filters` was 1"),
            ("discriminator", "oasis", "`discriminator` was 'multi_scale"),
            ("encoder", "style", "`encoder` was None and is now 'style'"),
        ):
            message = self.refused(said, **{part: change})
            self.assertNotIn("resume=changed", message)

    def test_another_meaning_of_the_classes_is_refused(self):
        rule = {**DATASET["label_rule"], "ignore_label": 0}
        for name, new in (
            ("num_classes", 4),
            ("label_rule", rule),
            ("unknown_class", 2),
            ("use_edge_map", True),
        ):
            self.refused("other networks", dataset={name: new})
        self.refused(
            "ignore_label=None and is now ignore_label=0",
            dataset={"label_rule": rule},
        )

    def test_weights_of_other_shapes_are_refused(self):
        gan = make_gan(FOLDER.replace(generator={"hidden_filters": 3}))
        # As if this argument had changed the networks.
        message = self.refused(
            "other networks.*`objective.kl_weight`",
            gan=gan,
            objective={"kl_weight": 1.0},
        )
        self.assertNotIn("resume=changed", message)

    def test_a_path_that_is_spelled_otherwise_is_no_change(self):
        absolute = str(pathlib.Path("photos").resolve())
        for spelled in ("photos/", "./photos", absolute):
            data = {"image_dir": spelled}
            self.assertEqual(self.check(False, data=data), [])

    def test_data_may_move_if_they_stay_the_same(self):
        data = {"image_dir": "/disk/photos", "label_dir": "/disk/labels"}
        changes = self.check(False, data=data)
        self.assertEqual([c.moved for c in changes], [True, True])
        message = self.refused(
            "number of training images of the data was 4 and is now 5.*"
            "`resume=changed`",
            accepted=False,
            data=data,
            dataset={"train_images": 5},
        )
        self.assertNotIn("image_dir", message)
        self.refused(
            "class names of the data",
            accepted=False,
            data=data,
            dataset={"class_names": ["a", "b", "d"]},
        )

    def test_a_weights_file_may_move_under_its_name(self):
        old = FOLDER.replace(run={"perceptual": "a/vgg19.pth"})
        earlier = EarlierRun(self.earlier.run)
        earlier.experiment = old
        moved = old.replace(run={"perceptual": "b/vgg19.pth"})
        (change,) = earlier.check_changes(moved, DATASET, self.gan, False)
        self.assertTrue(change.moved)
        other = old.replace(run={"perceptual": "off"})
        with self.assertRaisesRegex(RunError, "`resume=changed`"):
            earlier.check_changes(other, DATASET, self.gan, False)

    def test_fewer_epochs_than_are_done_say_so(self):
        self.earlier.check_epochs(2)
        with self.assertRaisesRegex(
            RunError, "has done 1 epochs and a part.*`epochs=1` leaves nothing"
        ):
            self.earlier.check_epochs(1)

    def test_slots_survive_other_settings_of_the_optimizers(self):
        changed = FOLDER.replace(
            objective={"ema_decay": 0.9},
            optimizers={
                "learning_rate": 1e-4,
                "decay_epochs": 1,
                "micro_batches": 2,
            },
        )
        gan = make_gan(changed, "mixed_float16")
        self.assertEqual(self.check(gan=gan), [])
        load_state(gan, self.earlier.weights, self.earlier.state)
        slots = slots_of(gan)
        self.assertEqual(sorted(map(str, slots)), sorted(map(str, self.slots)))
        for name, value in self.slots.items():
            np.testing.assert_array_equal(slots[name], value, str(name))
        gan.optimizer.resume_schedules(0.5)
        rates = gan.optimizer.learning_rates()
        self.assertAlmostEqual(rates["generator"], 5e-5)
        for average, weight in zip(
            gan.ema_generator.weights, self.gan.generator.weights, strict=True
        ):
            np.testing.assert_array_equal(
                *map(keras.ops.convert_to_numpy, (average, weight))
            )
        with self.subTest("and back from scaled losses"):
            progress = Progress(3, 4, 2)
            saver = Checkpointing(
                training.CheckpointStore(self.root / "scaled"), progress
            )
            saver.set_model(gan)
            saver.save()
            weights, state = saver.store.newest()
            plain = make_gan(FOLDER)
            load_state(plain, weights, state)
            for name, value in slots_of(plain).items():
                np.testing.assert_array_equal(value, self.slots[name])

    def test_what_holds_a_broken_number_is_named(self):
        check_finite(self.gan, "epoch 1")
        for name, variable in (
            ("generator", self.gan.generator.weights[0]),
            ("discriminator", self.gan.discriminator.weights[-1]),
            (
                "the optimizer of the discriminator",
                self.gan.optimizer.discriminator._velocities[0],
            ),
        ):
            value = keras.ops.convert_to_numpy(variable)
            variable.assign(np.full(value.shape, np.nan))
            with self.assertRaisesRegex(
                FloatingPointError,
                f"in epoch 1: .* in {name}. Lower the learning rate or set "
                "`clip_norm`.$",
            ):
                check_finite(self.gan, "epoch 1")
            variable.assign(value)

    def test_the_newest_finite_checkpoint_is_taken(self):
        run = RunDirectory(self.root / "broken")
        shutil.copytree(self.earlier.run.path, run.path)
        reported = []
        store = training.CheckpointStore(
            run.checkpoints_path, report=reported.append
        )
        mean = self.gan.optimizer.generator._momentums[0]
        value = keras.ops.convert_to_numpy(mean)
        mean.assign(np.full(value.shape, -np.inf))
        # As a version did that looked at losses alone.
        store.save(8, {"epoch": 2}, self.gan.save_weights)
        mean.assign(value)
        self.assertEqual(EarlierRun(run).state["step"], 6)
        saver = Checkpointing(store, Progress(3, 4, 2))
        self.assertEqual(saver.restore(self.gan)["step"], 6)
        self.assertEqual(saver.saved_step, 6)
        self.assertIn("NaN or infinite numbers in optimizer", reported[0])
        with self.subTest("without any a run begins anew, with any settings"):
            shutil.rmtree(store.folder(6))
            earlier = EarlierRun(run)
            new = FOLDER.replace(
                generator={"filters": 2},
                run={"init_from": "elsewhere", "epochs": 9},
            )
            self.assertEqual(earlier.keep_initial(new), new)
            with contextlib.redirect_stdout(io.StringIO()) as printed:
                changes = earlier.check_changes(new, DATASET, self.gan, False)
            self.assertEqual(
                [change.name for change in changes], ["filters", "init_from"]
            )
            self.assertIn("begins anew", printed.getvalue())

    def test_changes_are_logged_with_where_the_run_stands(self):
        run = RunDirectory(self.root / "logged")
        run.open()
        run.release()
        self.assertEqual(read_changes(run), [])
        changes = self.check(optimizers={"learning_rate": 1e-4})
        log_changes(run, changes, self.earlier.state)
        log_changes(run, self.check(run={"batch_size": 4}), {"step": 9})
        first, second = read_changes(run)
        self.assertEqual((first["step"], first["epoch"]), (6, 1))
        self.assertEqual((first["name"], first["new"]), ("learning_rate", 1e-4))
        self.assertIn("date", first)
        self.assertEqual(second["new"], 4)
        self.assertTrue(optimizers_changed(run, 6))
        self.assertFalse(optimizers_changed(run, 9))
        # A start from an older checkpoint, then one from none.
        log_changes(run, [], {"step": 7})
        self.assertEqual(read_changes(run), [first])
        log_changes(run, [], {})
        self.assertEqual(read_changes(run), [])


@pytest.mark.slow
class ChangedRunTest(unittest.TestCase):
    def test_a_longer_run_keeps_the_rate_that_its_decay_had_reached(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        run_dir = pathlib.Path(folder.name) / "run"
        short = TINY.replace(
            optimizers={"decay_epochs": 2},
            run={"run_dir": str(run_dir), "epochs": 2},
        )
        training.train(short)
        training.train(short.replace(run={"epochs": 4}))
        np.testing.assert_allclose(
            rates_of(run_dir), [1e-4, 5e-5, 5e-5, 5e-5], rtol=1e-6
        )

    def test_a_run_goes_on_with_a_lower_rate_and_larger_batches(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        run_dir = pathlib.Path(folder.name) / "run"
        old = TINY.replace(run={"run_dir": str(run_dir)})
        training.train(old)
        new = old.replace(
            optimizers={"learning_rate": 1e-4},
            run={"epochs": 2, "batch_size": 1},
        )
        before = (run_dir / "experiment.json").read_bytes()
        with self.assertRaisesRegex(RunError, "`resume=changed`"):
            training.train(new)
        self.assertEqual((run_dir / "experiment.json").read_bytes(), before)
        new = new.replace(run={"resume": "changed"})
        result = training.train(new)
        self.assertEqual((result.epoch, result.steps_per_epoch), (2, 4))
        self.assertEqual(Experiment.load(run_dir), new)
        run = RunDirectory(run_dir)
        self.assertEqual(
            [change["name"] for change in read_changes(run)],
            ["learning_rate", "batch_size"],
        )
        np.testing.assert_allclose(rates_of(run_dir), [1e-4, 5e-5], rtol=1e-6)
        last = run.csv_path.read_text().splitlines()[-1]
        self.assertEqual(last.split(",")[:2], ["2", "6"])
