import unittest
from unittest import mock

from keras_semsynth.bulk import bulk


class WithoutBeamTest(unittest.TestCase):
    def test_the_error_names_the_extra(self):
        with mock.patch.dict("sys.modules", apache_beam=None):
            with self.assertRaisesRegex(
                ImportError, r'pip install "keras_semsynth\[beam\]"'
            ):
                bulk.generate("run", "in", "out")
