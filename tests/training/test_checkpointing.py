import os
import signal
import tempfile
import unittest
from unittest import mock

import keras
import numpy as np

from keras_semsynth.files import atomic
from keras_semsynth.training import Checkpointing
from keras_semsynth.training import CheckpointStore
from keras_semsynth.training import Progress
from keras_semsynth.training.strategies import Strategy
from tests.training.test_callbacks import Clock
from tests.training.test_callbacks import batches
from tests.training.test_callbacks import small_model


class CheckpointingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.store = CheckpointStore(folder.name, keep=9)

    def run_steps(self, steps, clock=None, hook=None, **options):
        clock = clock or Clock()
        progress = Progress(2, 4, 4, clock=clock)
        saver = Checkpointing(self.store, progress, clock=clock, **options)
        model = small_model()
        tick = keras.callbacks.LambdaCallback(
            # `model`: on JAX the access brings the state into the model.
            on_train_batch_end=lambda batch, logs: hook and hook(tick.model)
        )
        with saver.signals():
            batches(model, [progress, tick, saver], steps)
        return saver

    def test_checkpoints_come_every_so_many_steps_and_at_epoch_ends(self):
        self.run_steps(4, every_steps=3)
        self.assertEqual(self.store.steps(), [3, 4])

    def test_checkpoints_come_every_so_many_minutes(self):
        clock = Clock()

        def minute(model):
            clock.now += 60

        self.run_steps(3, clock, minute, every_minutes=2)
        self.assertEqual(self.store.steps(), [2])

    def test_an_end_that_is_left_out_waits_for_steps_and_signals(self):
        self.run_steps(4, is_due=lambda: False)
        self.assertEqual(self.store.steps(), [])
        self.run_steps(4, is_due=lambda: False, every_steps=4)
        self.assertEqual(self.store.steps(), [4])

    def test_nothing_is_written_where_there_is_no_room(self):
        require = mock.Mock(side_effect=[None, atomic.DiskFullError("full")])
        with self.assertRaises(atomic.DiskFullError):
            self.run_steps(4, every_steps=2, before_save=require)
        self.assertEqual(self.store.steps(), [2])

    def test_numbers_that_are_not_finite_are_not_saved(self):
        exported = []
        for steps, wanted in ((2, "step 2 of 4"), (4, "step 4 of 4")):
            count = []

            def poison(model, count=count, last=steps):
                count.append(1)
                if len(count) == last:
                    model.layers[0].bias.assign([0.0, np.inf])

            with self.assertRaisesRegex(
                FloatingPointError,
                rf"in epoch 1, {wanted} \(step {steps} of the run\): there "
                "are NaN or infinite numbers in sequential",
            ):
                self.run_steps(
                    4,
                    hook=poison,
                    every_steps=2,
                    after_save=lambda: exported.append(self.store.steps()),
                )
        self.assertEqual(self.store.steps(), [2])
        self.assertEqual(exported, [[2]])

    def test_a_signal_finishes_the_step_saves_and_stops(self):
        count = []

        def interrupt(model):
            count.append(1)
            if len(count) == 2:
                os.kill(os.getpid(), signal.SIGTERM)

        before = signal.getsignal(signal.SIGTERM)
        saver = self.run_steps(4, hook=interrupt)
        self.assertEqual(saver.stop_signal, signal.SIGTERM)
        self.assertEqual(len(count), 2)
        self.assertEqual(self.store.steps(), [2])
        self.assertEqual(signal.getsignal(signal.SIGTERM), before)

    def test_a_signal_while_others_are_waited_for_is_for_the_next_step(self):
        class Waiting(Strategy):
            num_workers = 2
            steps = 0

            def gather(self, numbers):
                self.steps += 1
                if self.steps == 2:
                    os.kill(os.getpid(), signal.SIGTERM)
                return np.float64([numbers, [0, 0]])

        saver = self.run_steps(4, strategy=Waiting(4, ("CPU",)))
        self.assertEqual(saver.stop_signal, signal.SIGTERM)
        self.assertEqual(self.store.steps(), [3])

    def test_running_means_of_a_begun_epoch_are_restored(self):
        self.run_steps(3, every_steps=3)
        progress = Progress(2, 4, 4)
        saver = Checkpointing(self.store, progress)
        model = small_model()
        batches(model, [], 1)
        state = saver.restore(model)
        self.assertEqual(state["step_in_epoch"], 3)
        progress.resume(state)
        history = batches(model, [progress, saver], 1)
        reference = batches(small_model(), [], 4)
        self.assertAlmostEqual(
            history.history["loss"][0], reference.history["loss"][0], places=5
        )

    def test_a_restored_run_keeps_no_more_than_it_should(self):
        # As after a kill between writing one and removing what is too old.
        self.run_steps(3, every_steps=1)
        saver = Checkpointing(
            CheckpointStore(self.store.path, keep=2), Progress(2, 4, 4)
        )
        model = small_model()
        batches(model, [], 1)
        saver.restore(model)
        self.assertEqual(self.store.steps(), [2, 3])
