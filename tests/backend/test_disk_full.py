"""Tests of what counts as a full disk."""

import errno
import unittest

import pytest

from keras_semsynth import backend


class DiskFullTest(unittest.TestCase):
    def test_quota_and_nested_errors_count_as_a_full_disk(self):
        self.assertTrue(backend.is_disk_full(OSError(errno.EDQUOT, "quota")))
        self.assertFalse(backend.is_disk_full(OSError(errno.EACCES, "no")))
        try:
            try:
                raise OSError(errno.ENOSPC, "full")
            except OSError as error:
                raise RuntimeError("closing failed") from error
        except RuntimeError as error:
            self.assertTrue(backend.is_disk_full(error))

    def test_a_quota_that_a_framework_reports_is_no_lack_of_memory(self):
        tf = pytest.importorskip("tensorflow")
        error = tf.errors.ResourceExhaustedError(
            None, None, "run/events; Disk quota exceeded"
        )
        self.assertTrue(backend.is_disk_full(error))
        self.assertFalse(backend.is_out_of_memory(error))
