import contextlib
import io
import pathlib
import tempfile
import unittest

import numpy as np
from PIL import Image

from keras_semsynth.files import own_pictures
from keras_semsynth.files.images import read_image
from keras_semsynth.files.images import read_label_values
from keras_semsynth.files.pictures import write_png


class OwnPicturesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.picture = np.arange(60, dtype="uint8").reshape(4, 5, 3)

    def test_a_picture_carries_the_mark_and_a_map_does_not(self):
        image, labels = self.root / "a.png", self.root / "b.PNG"
        write_png(image, self.picture)
        write_png(labels, self.picture[..., 0])
        self.assertTrue(own_pictures.is_marked(image))
        self.assertFalse(own_pictures.is_marked(labels))
        np.testing.assert_array_equal(read_image(str(image)), self.picture)
        np.testing.assert_array_equal(
            read_label_values(str(labels)), self.picture[..., 0]
        )
        with Image.open(image) as opened:
            opened.verify()
            self.assertEqual(opened.info["Software"], "keras_semsynth")

    def test_a_mark_is_made_once_and_on_png_alone(self):
        file = io.BytesIO()
        Image.fromarray(self.picture).save(file, "PNG")
        marked = own_pictures.mark(file.getvalue())
        self.assertEqual(own_pictures.mark(marked), marked)
        for other in (b"", b"GIF89a", b"\x89PNG"):
            self.assertEqual(own_pictures.mark(other), other)

    def test_no_other_file_is_taken_for_one_of_ours(self):
        for name in ("absent.png", "short.png", "a.jpg"):
            path = self.root / name
            if name != "absent.png":
                path.write_bytes(b"\x89PNG")
            self.assertFalse(own_pictures.is_marked(path))

    def test_what_is_left_out_is_said(self):
        paths = [str(self.root / name) for name in ("a.png", "b.png")]
        write_png(paths[0], self.picture)
        write_png(paths[1], self.picture[..., 0])
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            rest = own_pictures.without_own(paths, self.root)
        self.assertEqual(rest, paths[1:])
        self.assertRegex(out.getvalue(), r"Note: .*\(1, such as .*a\.png\)")
