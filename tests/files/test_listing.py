import os
import pathlib
import unicodedata

from keras_semsynth.files.listing import is_image
from keras_semsynth.files.listing import list_images
from keras_semsynth.files.listing import natural_key
from keras_semsynth.files.listing import read_lines
from keras_semsynth.files.listing import say_skipped
from keras_semsynth.files.listing import stem
from tests.files.folder_test_case import FolderTestCase


class ListingTest(FolderTestCase):
    def found(self):
        return [
            pathlib.Path(path).relative_to(self.root).as_posix()
            for path in list_images(self.root)
        ]

    def test_natural_order_compares_digits_as_numbers(self):
        names = ["b1", "a10.png", "a9.png", "a", "10", "9", "a01", "a1", "a1b2"]
        self.assertEqual(
            sorted(names, key=natural_key),
            ["9", "10", "a", "a01", "a1", "a1b2", "a9.png", "a10.png", "b1"],
        )

    def test_the_form_of_an_accent_changes_neither_order_nor_stem(self):
        split = unicodedata.normalize("NFD", "\u00e9t\u00e9")
        whole = unicodedata.normalize("NFC", split)
        self.assertNotEqual(split, whole)
        self.assertEqual(natural_key(split), natural_key(whole))
        self.assertEqual(stem(f"x/{split}.png"), whole)

    def test_folders_are_walked_and_other_files_left_out(self):
        self.touch("b/10.png", "b/9.jpg", "a.txt", "c.gif", "a.webp", "x.heic")
        self.assertEqual(
            self.found(), ["a.webp", "b/9.jpg", "b/10.png", "c.gif"]
        )

    def test_extensions_are_compared_without_case(self):
        names = ["a.tif", "b.Jpg", "c.Png", "d.BMP", "e.WEBP", "f.TIFF"]
        self.touch(*names)
        self.assertEqual(self.found(), names)

    def test_names_with_signs_of_patterns_are_names(self):
        names = ["a[1].png", "b%20.png", "c*/d?.png", "{}.png"]
        self.touch(*names)
        self.assertEqual(self.found(), names)

    def test_hidden_files_and_folders_are_left_out(self):
        self.touch(
            "a.png", "._a.png", ".ipynb_checkpoints/a-checkpoint.png",
            "__MACOSX/a.png", "b/.thumbnails/c/a.png", "@eaDir/a.png/T.jpg",
        )  # fmt: skip
        self.assertEqual(self.found(), ["a.png"])
        self.assertFalse(is_image("b/.thumbnails/c/a.png"))
        self.assertTrue(is_image("b/c/a.PNG"))

    def test_a_folder_in_a_hidden_one_is_read_if_it_is_asked_for(self):
        self.touch(".cache/photos/a.png")
        self.assertEqual(len(list_images(self.root / ".cache/photos")), 1)

    def test_links_are_followed_but_never_in_a_circle(self):
        self.touch("i/a.png", "elsewhere/b.png", "i/c/d.png")
        (self.root / "i/again").symlink_to(self.root / "i")
        (self.root / "i/c/up").symlink_to(self.root)
        (self.root / "i/more").symlink_to(self.root / "elsewhere")
        found = [os.path.basename(p) for p in list_images(self.root / "i")]
        self.assertEqual(found, ["a.png", "d.png", "b.png"])

    def test_files_list_replaces_the_walk(self):
        self.touch("a.png", "b.png", "c.png")
        listing = self.root / "files.list"
        listing.write_text("c.png\n\na.png\n", encoding="utf-8-sig")
        self.assertEqual(self.found(), ["a.png", "c.png"])
        listing.write_text("x.png\n")
        with self.assertRaisesRegex(ValueError, "1 file that does not exist"):
            list_images(self.root)
        listing.write_bytes(b"\xff\xfea\0")
        with self.assertRaisesRegex(ValueError, "files.list is not .* UTF-8"):
            list_images(self.root)

    def test_files_list_may_spell_accents_in_another_form(self):
        split = unicodedata.normalize("NFD", "\u00e9.png")
        self.touch(split)
        (self.root / "files.list").write_text("\u00e9.png\n", "utf-8")
        self.assertEqual(self.found(), [split])

    def test_a_missing_folder_is_named(self):
        with self.assertRaisesRegex(ValueError, "none does not exist"):
            list_images(self.root / "none")

    def test_files_of_other_kinds_are_counted_but_texts_are_not(self):
        self.touch("a.png", "a.xml", "notes.TXT", ".b.heic")
        self.assertEqual(say_skipped(self.root, self.root / "none"), "")
        self.touch("a.HEIC", "b.heic", "c.cr2")
        self.assertEqual(
            say_skipped(self.root, self.root),
            " (3 files with the extensions .heic, .cr2 were skipped; JPEG "
            "and PNG are read)",
        )

    def test_lines_are_read_without_the_mark_of_windows(self):
        path = self.root / "names.txt"
        path.write_text("sky\n\n tree \n", encoding="utf-8-sig")
        self.assertEqual(read_lines(path), ["sky", "tree"])
