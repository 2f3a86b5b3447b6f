"""Public weights that are fetched where they are not at hand."""

import contextlib
import hashlib
import io
import os
import pathlib
import tempfile
import unittest
from unittest import mock

from keras_semsynth.checkpoints import DOWNLOAD
from keras_semsynth.checkpoints import find_weights
from keras_semsynth.checkpoints import weights
from keras_semsynth.checkpoints.public_files import PublicFile
from tests.file_server import dead_address
from tests.file_server import serving

CONTENT = b"weights"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


class FetchedWeightsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.cached = self.folder / "keras" / "keras_semsynth" / "new.pth"
        environment = mock.patch.dict(
            os.environ, KERAS_HOME=str(self.folder / "keras")
        )
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop(weights.ENVIRONMENT, None)

    def find(self, address, weights_dir=DOWNLOAD):
        """Path of the weights of a network that was published there."""
        public = PublicFile(
            ("new.pth", "old.pth"),
            "somewhere",
            "some terms",
            {"new.pth": SHA256, "old.pth": SHA256[:8]},
            address and address + "new.pth",
        )
        entry = {"vgg19": {"weights": public}}
        with (
            mock.patch.dict(weights.CATALOGUE, entry),
            contextlib.redirect_stdout(io.StringIO()) as out,
        ):
            paths, record = find_weights("vgg19", weights_dir)
        self.said = out.getvalue()
        self.assertEqual(record.files[0]["sha256"], SHA256)
        return paths["weights"]

    def test_a_file_is_fetched_once_and_needs_no_network_then(self):
        with serving({"new.pth": CONTENT}) as (address, asked):
            self.assertEqual(self.find(address), self.cached)
            self.assertEqual(self.find(address), self.cached)
        self.assertEqual(asked, ["new.pth"])
        self.assertEqual(self.find(address), self.cached)
        self.assertEqual(self.said, "")

    def test_the_folder_of_the_environment_comes_first(self):
        os.environ[weights.ENVIRONMENT] = str(self.folder)
        path = self.folder / "old.pth"
        path.write_bytes(CONTENT)
        self.assertEqual(self.find(dead_address()), path)

    def test_a_file_that_was_damaged_in_the_cache_is_fetched_again(self):
        self.cached.parent.mkdir(parents=True)
        self.cached.write_bytes(CONTENT[:-1])
        with serving({"new.pth": CONTENT}) as (address, asked):
            self.assertEqual(self.find(address), self.cached)
        self.assertEqual(asked, ["new.pth"])
        self.assertIn("damaged since it was fetched", self.said)

    def test_without_a_network_it_is_said_what_to_put_where(self):
        address = dead_address()
        with self.assertRaises(FileNotFoundError) as caught:
            self.find(address)
        sentence = str(caught.exception)
        for part in (
            "new.pth could not be fetched",
            f"get {address}new.pth elsewhere",
            f"put it at {self.cached}",
            "SEMSYNTH_WEIGHTS",
        ):
            self.assertIn(part, sentence)
        self.cached.write_bytes(CONTENT)
        self.assertEqual(self.find(address), self.cached)

    def test_what_has_no_published_hash_is_not_fetched(self):
        with self.assertRaisesRegex(
            FileNotFoundError,
            "new.pth or old.pth, public at somewhere.*cannot be fetched.*"
            f"put it at {self.cached}",
        ):
            self.find(None)

    def test_nothing_is_fetched_unasked(self):
        with (
            serving({"new.pth": CONTENT}) as (address, asked),
            self.assertRaisesRegex(
                FileNotFoundError, "or give `weights_dir=download` to fetch it"
            ),
        ):
            self.find(address, self.folder)
        self.assertEqual(asked, [])
