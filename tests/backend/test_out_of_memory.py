import os
import unittest

import numpy as np
import pytest

from keras_semsynth import backend
from keras_semsynth.files.atomic import is_disk_full


def errors():
    """Yields real errors of what is installed, none of which took memory."""
    yield MemoryError()
    try:
        np.empty(10**15)
    except MemoryError as error:
        yield error
    tf = pytest.importorskip("tensorflow")
    try:
        tf.zeros(10**14)
    except tf.errors.ResourceExhaustedError as error:
        yield error
    # What the reader of a sample raises comes back as a text.
    stream = tf.data.Dataset.range(1).map(
        lambda x: tf.numpy_function(lambda _: np.empty(10**15), [x], "float64")
    )
    try:
        next(iter(stream))
    except tf.errors.OpError as error:
        yield error
    # As C++ has it.
    yield RuntimeError("std::bad_alloc")


class OutOfMemoryTest(unittest.TestCase):
    def test_the_errors_of_every_library_are_known(self):
        found = list(errors())
        self.assertEqual(len(found), 5)
        for error in found:
            with self.subTest(type(error).__name__):
                self.assertTrue(backend.is_out_of_memory(error))

    def test_those_of_pytorch_are_known(self):
        torch = pytest.importorskip("torch")
        with self.assertRaises(RuntimeError) as caught:
            torch.empty(10**15)
        self.assertTrue(backend.is_out_of_memory(caught.exception))
        error = torch.OutOfMemoryError("CUDA out of memory. Tried to ...")
        self.assertTrue(backend.is_out_of_memory(error))

    def test_those_of_jax_are_known(self):
        jax = pytest.importorskip("jax")
        with self.assertRaises(RuntimeError) as caught:
            jax.numpy.zeros(10**14).block_until_ready()
        self.assertTrue(backend.is_out_of_memory(caught.exception))

    def test_causes_count_and_other_errors_do_not(self):
        try:
            try:
                raise MemoryError
            except MemoryError as error:
                raise RuntimeError("A step failed.") from error
        except RuntimeError as error:
            self.assertTrue(backend.is_out_of_memory(error))
        for other in (ValueError("memory"), RuntimeError("shapes"), None):
            self.assertFalse(backend.is_out_of_memory(other))

    @unittest.skipUnless(os.path.exists("/dev/full"), "Linux has such a disk")
    def test_a_full_disk_is_no_lack_of_memory(self):
        tf = pytest.importorskip("tensorflow")
        # Of the class that TensorFlow has for memory, too.
        with self.assertRaises(tf.errors.ResourceExhaustedError) as caught:
            with tf.io.gfile.GFile("/dev/full", "w") as file:
                file.write("x" * 10**5)
        quota = tf.errors.ResourceExhaustedError(
            None, None, "run/events; Disk quota exceeded"
        )
        for error in (caught.exception, quota):
            self.assertFalse(backend.is_out_of_memory(error))
            self.assertTrue(is_disk_full(error))

    def test_a_block_says_what_needed_the_memory_and_what_to_do(self):
        with self.assertRaises(backend.OutOfMemoryError) as caught:
            with backend.memory_for("All", "lower `count`"):
                with backend.memory_for("A picture", "use smaller layouts"):
                    raise MemoryError
        self.assertEqual(
            str(caught.exception),
            "A picture needed more memory than there is: use smaller layouts.",
        )
        with self.assertRaisesRegex(KeyError, "other"):
            with backend.memory_for("A picture", "use smaller layouts"):
                raise KeyError("other")
