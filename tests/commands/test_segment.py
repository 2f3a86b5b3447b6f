import contextlib
import io
import pathlib
import tempfile
import unittest

from PIL import Image

from keras_semsynth.commands import check_data
from keras_semsynth.commands import segment
from keras_semsynth.data import describe
from tests.data.files import save


def run(command, *arguments):
    """Runs a command; returns its status, output and errors."""
    stdout, stderr = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(stdout):
        with contextlib.redirect_stderr(stderr):
            try:
                status = command.main(["semsynth", *arguments])
            except SystemExit as error:
                status = error.code
    return status, stdout.getvalue(), stderr.getvalue()


class SegmentCommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for i in range(3):
            image = describe("landscapes", image_size=(64, 64)).read(i).image
            save(self.root / f"photos/{i}.png", Image.fromarray(image))
        self.flags = (
            f"--image_dir={self.root}/photos",
            f"--output_dir={self.root}/out",
            "--scorer=landscapes",
        )

    def test_the_flags_that_it_prints_are_good_to_train_with(self):
        status, out, err = run(segment, *self.flags)
        self.assertEqual((status, err), (0, ""))
        self.assertIn("3 label maps made.", out)
        self.assertIn("contact_sheet.png", out)
        flags = [line for line in out.splitlines() if line.startswith("--")]
        self.assertEqual(len(flags), 4)
        status, out, err = run(check_data, *flags, "--try_steps=0")
        self.assertEqual(status, 0, out + err)

    def test_bad_files_end_with_status_1_and_bad_flags_with_2(self):
        status, _, err = run(segment, *self.flags, "--max_pixels=100")
        self.assertEqual(status, 1)
        self.assertIn("Skipped", err)
        self.assertIn("--max_pixels", err)
        status, _, err = run(segment, *self.flags, "--scorer=upernet101")
        self.assertEqual(status, 2)
        self.assertIn("--weights_dir", err)
        status, _, err = run(segment, *self.flags[:2])
        self.assertEqual(status, 2)
        self.assertIn("--scorer must be set", err)
