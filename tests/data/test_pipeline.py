import pathlib
import subprocess
import sys
import tempfile
import unittest

import numpy as np
import pytest
import tensorflow as tf

from keras_semsynth.data import Preprocessing
from keras_semsynth.data import Sample
from keras_semsynth.data import SemanticDataset
from keras_semsynth.data import describe
from keras_semsynth.data import make_pipeline
from keras_semsynth.data.pipeline import sample_error
from keras_semsynth.data.sample_stream import SampleStream
from tests.data import files


class NumberedReader:
    """Samples whose label map is their number; counts what is read."""

    def __init__(self, instances=False):
        self.reads = []
        self.instances = instances

    def __call__(self, number):
        self.reads.append(number)
        random = np.random.default_rng(number)
        image = random.integers(0, 256, (10, 12, 3), dtype="uint8")
        label_map = np.full((10, 12), number)
        instances = files.stripes((10, 12)) if self.instances else None
        return Sample(image, label_map, instances)


def numbered(count=7, instances=False):
    return SemanticDataset(
        "numbered",
        "train",
        100,
        range(count),
        NumberedReader(instances),
        use_edge_map=instances,
    )


CROP = Preprocessing("crop", crop_size=8)


def numpy_batches(batches):
    return [
        ({name: value.numpy() for name, value in x.items()}, y.numpy())
        for x, y in batches
    ]


def assert_same(first, second):
    assert len(first) == len(second)
    for (x, y), (other_x, other_y) in zip(first, second, strict=True):
        np.testing.assert_array_equal(y, other_y)
        for name in x:
            np.testing.assert_array_equal(x[name], other_x[name])


def numbers(batches):
    return [int(n) for x, _ in batches for n in x["label_map"][:, 0, 0]]


class TrainingStreamTest(unittest.TestCase):
    def take(self, steps, dataset=None, **kwargs):
        batches = make_pipeline(
            dataset or numbered(), CROP, 2, training=True, **kwargs
        )
        return numpy_batches(batches.take(steps))

    def test_batches_have_the_promised_form(self):
        batches = make_pipeline(numbered(instances=True), CROP, 2, True)
        x, y = batches.element_spec
        self.assertEqual(x["label_map"], tf.TensorSpec((2, 8, 8), tf.int32))
        self.assertEqual(x["edge_map"], tf.TensorSpec((2, 8, 8, 1), tf.float32))
        self.assertEqual(y, tf.TensorSpec((2, 8, 8, 3), tf.float32))
        self.assertEqual(int(batches.cardinality()), -1)
        x, y = numpy_batches(batches.take(1))[0]
        self.assertLessEqual(np.abs(y).max(), 1)
        self.assertEqual(set(np.unique(x["edge_map"])), {0, 1})

    def test_every_epoch_is_a_new_permutation_without_the_remainder(self):
        batches = self.take(9)
        epochs = [numbers(batches[i : i + 3]) for i in (0, 3, 6)]
        for epoch in epochs:
            self.assertEqual(len(set(epoch)), 6)
        self.assertNotEqual(epochs[0], epochs[1])
        self.assertNotEqual(epochs[1], epochs[2])

    def test_the_same_seed_gives_the_same_stream_and_another_does_not(self):
        assert_same(self.take(6, seed=3), self.take(6, seed=3))
        self.assertNotEqual(
            numbers(self.take(3, seed=3)), numbers(self.take(3, seed=4))
        )

    def test_a_later_start_gives_exactly_the_rest(self):
        whole = self.take(11)
        for start in (1, 3, 7):
            assert_same(self.take(11 - start, start_step=start), whole[start:])

    def test_a_later_start_reads_nothing_that_it_skips(self):
        dataset = numbered(1000)
        batches = make_pipeline(
            dataset, CROP, 2, True, start_step=10**12, cache="off"
        )
        numpy_batches(batches.take(1))
        self.assertLess(len(dataset.reader.reads), 100)

    def test_workers_share_batches_and_read_their_own_share_only(self):
        whole = numpy_batches(
            make_pipeline(numbered(20), CROP, 4, True, start_step=3).take(5)
        )
        for workers, pieces in ((2, 1), (4, 1), (2, 2)):
            shares = []
            for worker in range(workers):
                dataset = numbered(20)
                batches = make_pipeline(
                    dataset,
                    CROP,
                    4,
                    True,
                    start_step=3,
                    cache="off",
                    workers=workers,
                    worker=worker,
                    pieces=pieces,
                ).take(5 * pieces)
                shares.append(numpy_batches(batches))
                own = set(numbers(batches))
                # Some are read ahead, of the same share.
                self.assertLessEqual(own, set(dataset.reader.reads))
            for step, (x, y) in enumerate(whole):
                parts = [
                    share[step * pieces + piece]
                    for share in shares
                    for piece in range(pieces)
                ]
                for name in x:
                    np.testing.assert_array_equal(
                        np.concatenate([part[0][name] for part in parts]),
                        x[name],
                    )
                np.testing.assert_array_equal(
                    np.concatenate([part[1] for part in parts]), y
                )

    def test_no_two_workers_decode_the_same_position(self):
        read = []
        for worker in range(2):
            dataset = numbered(20)
            options = {"workers": 2, "worker": worker, "cache": "off"}
            batches = make_pipeline(
                dataset, CROP, 4, True, repeat=False, **options
            )
            numpy_batches(batches)
            read += dataset.reader.reads
        # One pass over 20 samples, by both together.
        self.assertEqual(sorted(read), list(range(20)))

    def test_the_number_of_threads_and_the_cache_change_nothing(self):
        reference = self.take(8, num_parallel_calls=1, cache="off")
        assert_same(self.take(8, num_parallel_calls=8), reference)
        assert_same(self.take(8, cache="on"), reference)

    def test_the_cache_reads_every_sample_once(self):
        for cache, expected in (("on", 7), ("off", None)):
            dataset = numbered()
            stream = SampleStream(dataset, CROP, 2, True, cache=cache)
            for position in range(60):
                stream.arrays(position)
            if expected:
                self.assertEqual(sorted(dataset.reader.reads), list(range(7)))
            else:
                self.assertEqual(len(dataset.reader.reads), 60)

    def test_augmentation_differs_between_epochs(self):
        stream = SampleStream(numbered(2), CROP, 2, True)
        seen = {stream.arrays(p)[1].tobytes() for p in range(40)}
        self.assertGreater(len(seen), 15)

    def test_one_epoch_a_pass_moves_on_after_each_complete_pass(self):
        batches = make_pipeline(numbered(), CROP, 2, True, repeat=False)
        self.assertEqual(int(batches.cardinality()), 3)
        first, second = numpy_batches(batches), numpy_batches(batches)
        assert_same(first + second, self.take(6))

    def test_a_peek_at_the_first_batch_does_not_change_the_stream(self):
        dataset = numbered(3000)
        batches = make_pipeline(dataset, CROP, 2, True, repeat=False)
        peek = numpy_batches(batches.take(1))
        assert_same(numpy_batches(batches.take(1)), peek)
        assert_same(self.take(1, numbered(3000)), peek)

    def test_one_epoch_a_pass_resumes_in_the_middle(self):
        batches = make_pipeline(
            numbered(), CROP, 2, True, repeat=False, start_step=2
        )
        assert_same(numpy_batches(batches) + numpy_batches(batches),
                    self.take(6)[2:])  # fmt: skip

    def test_a_batch_larger_than_the_dataset_is_refused(self):
        with self.assertRaisesRegex(ValueError, "has 7; lower `batch_size"):
            make_pipeline(numbered(), CROP, 8, training=True)

    def test_varying_sizes_need_a_batch_of_one(self):
        free = Preprocessing("none")
        with self.assertRaisesRegex(ValueError, "`batch_size=1"):
            make_pipeline(numbered(), free, 2, training=True)
        batches = make_pipeline(numbered(), free, 1, training=True)
        self.assertEqual(next(iter(batches))[1].shape, (1, 32, 32, 3))

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`cache`"):
            make_pipeline(numbered(), CROP, 2, True, cache="maybe")
        with self.assertRaisesRegex(ValueError, "`batch_size`"):
            make_pipeline(numbered(), CROP, 0, True)
        with self.assertRaisesRegex(ValueError, "empty"):
            make_pipeline(numbered(0), CROP, 1, True)


class EvaluationTest(unittest.TestCase):
    def test_samples_come_in_order_and_the_last_batch_is_kept(self):
        batches = make_pipeline(numbered(), CROP, 3, training=False)
        self.assertEqual(int(batches.cardinality()), 3)
        taken = numpy_batches(batches)
        self.assertEqual([len(y) for _, y in taken], [3, 3, 1])
        self.assertEqual(numbers(taken), list(range(7)))
        assert_same(numpy_batches(batches), taken)

    def test_a_dataset_smaller_than_the_batch_is_fine(self):
        batches = make_pipeline(numbered(2), CROP, 8, training=False)
        self.assertEqual([len(y) for _, y in numpy_batches(batches)], [2])

    def test_a_later_start_leaves_out_the_first_batches(self):
        batches = make_pipeline(numbered(), CROP, 3, False, start_step=1)
        self.assertEqual(numbers(numpy_batches(batches)), [3, 4, 5, 6])


class EndOfProcessTest(unittest.TestCase):
    @pytest.mark.slow
    def test_a_process_ends_although_its_batches_are_in_the_making(self):
        program = (
            "from keras_semsynth import data\n"
            "kept = [iter(data.make_pipeline(\n"
            "    data.describe('landscapes', image_size=(96, 96)),\n"
            "    data.Preprocessing('fixed', crop_size=(96, 96)), 4, True,\n"
            "    repeat=repeat)) for repeat in (True, False)]\n"
            "for batches in kept:\n"
            "    next(batches)\n"
            "print('done')\n"
        )
        process = subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            text=True,
            timeout=120,
        )
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("done", process.stdout)


class BadFileTest(unittest.TestCase):
    def test_a_bad_file_met_while_training_is_named_in_one_sentence(self):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            folders = files.write_pairs(root, ["1", "2"])
            dataset = describe("folder", num_classes=3, **folders)
            files.write_labels(root / "labels/1.png", files.stripes(ids=(0, 9)))
            batches = make_pipeline(dataset, CROP, 2, True, cache="off")
            with self.assertRaises(tf.errors.OpError) as caught:
                next(iter(batches))
            error = sample_error(caught.exception)
            self.assertRegex(str(error), r"Label id 9 found in .*1.png.*\.$")
        self.assertIsNone(sample_error(RuntimeError("other")))
