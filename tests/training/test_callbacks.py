import csv
import io
import pathlib
import tempfile
import unittest

import keras
import numpy as np
from PIL import Image

from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.training import Progress
from keras_semsynth.training import ProgressBar
from keras_semsynth.training import SampleGrid
from keras_semsynth.training import TrainingLog
from keras_semsynth.training.epoch_ends import EpochEnds


class Clock:
    """A clock that moves when told to."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


def standing(step, steps_per_epoch, images_per_step, seconds=0.0):
    """Says where a run stands that always had epochs of this length."""
    return {
        "step": step,
        "epoch": step // steps_per_epoch,
        "step_in_epoch": step % steps_per_epoch,
        "images_per_step": images_per_step,
        "images_seen": step * images_per_step,
        "seconds": seconds,
        "images_per_second": 0.0,
    }


class Terminal(io.StringIO):
    def isatty(self):
        return True


def small_model():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
    model.compile(keras.optimizers.Adam(0.1), "mse")
    return model


def batches(model, callbacks, steps=4, epochs=1, initial_epoch=0):
    x, y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")
    return model.fit(
        SameBatch(x, y, steps),
        epochs=epochs,
        initial_epoch=initial_epoch,
        callbacks=callbacks,
        verbose=0,
    )


class SameBatch(keras.utils.PyDataset):
    def __init__(self, x, y, steps):
        super().__init__()
        self.x, self.y, self.steps = x, y, steps

    def __len__(self):
        return self.steps

    def __getitem__(self, index):
        return self.x, self.y


class ProgressTest(unittest.TestCase):
    def test_pace_and_time_left_leave_out_the_first_step(self):
        clock = Clock()
        progress = Progress(3, 10, 4, clock=clock)
        for step in range(5):
            progress.on_train_batch_begin(step)
            clock.now += 60 if step == 0 else 2
            progress.on_train_batch_end(step)
            clock.now += 1  # what other callbacks take
        self.assertAlmostEqual(progress.images_per_second, 2.0)
        # Four steps took 4 * (2 + 1) seconds, and one more second passed.
        self.assertAlmostEqual(progress.seconds_left(10), 10 * 13 / 4)
        self.assertAlmostEqual(progress.seconds, 60 + 4 * 2 + 5)

    def test_it_counts_on_after_a_resume(self):
        clock = Clock()
        progress = Progress(3, 10, 4, clock=clock)
        progress.resume(standing(13, 10, 4, 500.0))
        self.assertEqual((progress.epoch, progress.step_in_epoch), (1, 3))
        self.assertEqual(progress.seconds, 500.0)
        self.assertIsNone(progress.seconds_left(5))

    def test_another_batch_size_keeps_epochs_and_images_of_the_last(self):
        progress = Progress(3, 5, 8)  # 40 images, 8 a step instead of 4
        progress.resume(standing(13, 10, 4))
        self.assertEqual(progress.step, 13)
        # Of 3 steps with 4 images, one step of 8 is done.
        self.assertEqual((progress.epoch, progress.step_in_epoch), (1, 1))
        self.assertEqual(progress.position, 6)
        self.assertEqual(progress.steps_left, 9)
        self.assertEqual(progress.images_seen, 52)
        progress.on_train_batch_begin(0)
        progress.on_train_batch_end(0)
        self.assertEqual(progress.images_seen, 60)
        with self.subTest("and back"):
            back = Progress(3, 10, 4)
            back.resume(progress.to_json())
            self.assertEqual((back.epoch, back.step_in_epoch), (1, 4))
            self.assertEqual((back.step, back.images_seen), (14, 60))


class ProgressBarTest(unittest.TestCase):
    def show(self, stream):
        clock = Clock()
        progress = Progress(2, 4, 8, clock=clock)
        bar = ProgressBar(progress, 30, stream, clock)
        logs = {"generator/total": 2.0, "discriminator/total": 1.0}
        for epoch in range(2):
            for step in range(4):
                progress.on_train_batch_begin(step)
                clock.now += 2
                progress.on_train_batch_end(step)
                bar.on_train_batch_end(step, logs)
            bar.on_epoch_end(epoch, logs)
        return stream.getvalue()

    def test_a_terminal_shows_pace_time_left_and_totals_in_one_line(self):
        text = self.show(Terminal())
        self.assertIn(
            "\rPace after two steps: 4 images/s, so 40 images take", text
        )
        line = text.split("\r")[5].strip()
        self.assertEqual(
            line,
            "Epoch 1/2 [====================] 4/4 - 4.0 images/s - "
            "0:00:08 left - generator 2.000 - discriminator 1.000",
        )
        self.assertEqual(text.count("\n"), 3)

    def test_a_file_gets_few_lines(self):
        text = self.show(io.StringIO())
        self.assertEqual(text.count("\n"), 4)
        self.assertNotIn("\r", text)


class TrainingLogTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def log(self, steps, first=0, tensorboard=False):
        progress = Progress(3, 4, 2)
        progress.resume(standing(first, 4, 2))
        log = TrainingLog(self.folder, progress, 2, tensorboard)
        log.rewind(first)
        log.set_model(small_model())
        for step in range(first, steps):
            progress.on_train_batch_begin(step)
            progress.on_train_batch_end(step)
            log.on_train_batch_end(step, {"generator/total": step + 1})
            if progress.step % 4 == 0:
                log.on_epoch_end(0, {"generator/total": step + 1})
        log.close()

    def rows(self):
        with open(self.folder / "train.csv", newline="") as file:
            return list(csv.DictReader(file))

    def test_rows_are_written_every_so_many_steps_and_at_epoch_ends(self):
        self.log(8)
        rows = self.rows()
        self.assertEqual([r["step"] for r in rows], ["2", "4", "6", "8"])
        self.assertEqual([r["epoch"] for r in rows], ["1", "1", "2", "2"])
        self.assertEqual(rows[-1]["generator/total"], "8")

    def test_half_a_line_of_names_is_written_anew(self):
        for half in ("", "epoch,step,sec"):
            (self.folder / "train.csv").write_text(half)
            self.log(4)
            self.assertEqual([r["step"] for r in self.rows()], ["2", "4"])
            self.assertEqual(self.rows()[-1]["generator/total"], "4")

    def test_a_resumed_run_appends_without_repeating_steps(self):
        self.log(7)
        with open(self.folder / "train.csv", "a") as file:
            file.write("2,8,0.1")  # killed while writing
        self.log(8, first=4)
        steps = [row["step"] for row in self.rows()]
        self.assertEqual(steps, ["2", "4", "6", "8"])

    def test_tensorboard_events_are_written_on_every_backend(self):
        self.log(4, tensorboard=True)
        files = list(self.folder.glob("events.out.tfevents*"))
        self.assertEqual(len(files), 1)
        self.assertIn(b"generator/total", files[0].read_bytes())


class EpochEndsTest(unittest.TestCase):
    def due(self, share, epochs, train_seconds, end_seconds):
        """Says at which of the ends there is work."""
        clock = Clock()
        progress = Progress(epochs, 5, 4)
        ends = EpochEnds(progress, share, clock)
        found = []
        for epoch in range(epochs):
            progress.step += 5
            clock.now += train_seconds
            ends.on_epoch_end(epoch)
            if ends.is_due():
                found.append(epoch)
                clock.now += end_seconds
            ends.finish.on_epoch_end(epoch, None)
        return found

    def test_short_epochs_leave_ends_out(self):
        # 3 seconds of work need 30 of training; the last end always counts.
        self.assertEqual(self.due(0.1, 23, 5, 3), [0, 6, 12, 18, 22])

    def test_long_epochs_leave_none_out(self):
        self.assertEqual(self.due(0.1, 4, 60, 3), [0, 1, 2, 3])

    def test_nothing_is_left_out_without_a_bound(self):
        self.assertEqual(self.due(0, 4, 1, 30), [0, 1, 2, 3])

    def test_an_interrupted_epoch_has_no_end(self):
        progress = Progress(2, 5, 4)
        progress.step = 3
        ends = EpochEnds(progress)
        ends.on_epoch_end(0)
        self.assertFalse(ends.is_due())


class SampleGridTest(unittest.TestCase):
    def test_a_grid_is_made_up_for_at_the_next_end_that_counts(self):
        progress = Progress(9, 1, 2)
        images = np.zeros((1, 8, 8, 3), "float32")
        due = []
        with tempfile.TemporaryDirectory() as folder:
            grid = SampleGrid(
                folder,
                progress,
                {"label_map": images, "source": images},
                images,
                None,
                lambda model, inputs: images,
                every_epochs=3,
                is_due=lambda: bool(due),
            )
            grid.on_train_begin()
            for epoch in range(9):
                progress.step += 1
                due = [1] if epoch in (1, 3, 4, 7, 8) else []
                grid.on_epoch_end(epoch)
            drawn = sorted(p.name for p in pathlib.Path(folder).iterdir())
        # Epoch 3 was left out and drawn at 4; the last is drawn in any case.
        self.assertEqual(drawn, [f"step-{i:09d}.png" for i in (4, 8, 9)])

    def test_columns_are_layout_generated_and_real(self):
        with tempfile.TemporaryDirectory() as folder:
            progress = Progress(1, 4, 2)
            progress.resume(standing(3, 4, 2))
            shown = []
            grid = SampleGrid(
                folder,
                progress,
                {"label_map": np.zeros((2, 64, 96), "int32")},
                np.ones((2, 64, 96, 3), "float32"),
                lambda ids: np.full((*ids.shape, 3), (255, 0, 0), "uint8"),
                lambda model, inputs: -np.ones((2, 64, 96, 3), "float32"),
                add_image=lambda name, image: shown.append(name),
            )
            path = grid.draw()
            image = np.asarray(Image.open(path))
        self.assertEqual(path.name, "step-000000003.png")
        self.assertEqual(image.shape, (14 + 2 * 132, 4 + 3 * 196, 3))
        centres = [image[14 + 64, 4 + 96 + i * 196].tolist() for i in range(3)]
        self.assertEqual(centres, [[255, 0, 0], [0, 0, 0], [255, 255, 255]])
        self.assertEqual(shown, ["samples"])

    def test_many_samples_continue_to_the_right(self):
        columns = [np.zeros((5, 128, 128, 3), "uint8")] * 2
        grid = draw_grid(columns, ("a", "b"))
        self.assertEqual(grid.shape, (14 + 4 * 132, 2 * (4 + 2 * 132), 3))

    def test_images_become_8_bit_rounded_or_truncated(self):
        images = np.array([-1.0, 1.0, 2.0, 0.0, 0.0067], "float32")
        self.assertEqual(to_uint8(images).tolist(), [0, 255, 255, 128, 128])
        self.assertEqual(
            to_uint8(images, "truncate").tolist(), [0, 255, 255, 127, 128]
        )
        with self.assertRaisesRegex(ValueError, "'floor'"):
            to_uint8(images, "floor")
