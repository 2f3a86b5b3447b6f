import unicodedata

from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import pair_by_stem
from keras_semsynth.files.listing import list_images
from tests.files.folder_test_case import FolderTestCase


class PairingTest(FolderTestCase):
    def pair(self):
        folders = str(self.root / "i"), str(self.root / "l")
        pairs, problems = pair_by_stem(
            folders[0], list_images(folders[0]), folders[1],
            list_images(folders[1]),
        )  # fmt: skip
        root = str(self.root) + "/"
        return [tuple(p.replace(root, "") for p in row) for row in pairs], [
            problem.replace(root, "") for problem in problems
        ]

    def test_stems_pair_across_any_nesting(self):
        self.touch("i/a/1.jpg", "i/2.jpg", "l/1.png", "l/deep/er/2.png")
        pairs, problems = self.pair()
        self.assertEqual(problems, [])
        self.assertEqual(
            pairs, [("i/a/1.jpg", "l/1.png"), ("i/2.jpg", "l/deep/er/2.png")]
        )

    def test_equal_stems_pair_by_equal_folders(self):
        self.touch("i/a/1.jpg", "i/b/1.jpg", "l/a/1.png", "l/b/1.png")
        pairs, problems = self.pair()
        self.assertEqual(problems, [])
        self.assertEqual(
            pairs, [("i/a/1.jpg", "l/a/1.png"), ("i/b/1.jpg", "l/b/1.png")]
        )

    def test_ambiguous_stems_are_a_problem(self):
        self.touch("i/a/1.jpg", "i/b/1.jpg", "l/1.png")
        pairs, problems = self.pair()
        self.assertEqual(pairs, [])
        self.assertEqual(len(problems), 1)
        self.assertRegex(problems[0], "i/a/1.jpg, i/b/1.jpg and l/1.png share")

    def test_two_extensions_of_one_name_are_told_apart_and_kept(self):
        self.touch("i/1.jpg", "i/1.png", "l/1.png")
        _, problems = self.pair()
        self.assertRegex(
            problems[0],
            "1 name in i occurs twice.*i/1.jpg and i/1.png: the .jpg files are "
            "probably photographs.*move the label maps to a folder",
        )
        self.touch("i/2.jpg", "i/2.png", "l/2.tif", "l/2.gif")
        _, problems = self.pair()
        self.assertRegex(problems[0], "2 names in i occur twice")
        self.assertRegex(problems[1], "l/2.gif and l/2.tif: move those")
        self.assertNotIn("remove", " ".join(problems))

    def test_names_and_folders_are_compared_in_composed_form(self):
        whole = "\u00fc/\u00e9"
        split = unicodedata.normalize("NFD", whole)
        self.touch(f"i/{split}.jpg", f"l/{whole}.png", f"i/x/{whole}1.jpg")
        self.touch(f"l/y/{split}1.png")
        pairs, problems = self.pair()
        self.assertEqual(problems, [])
        self.assertEqual(len(pairs), 2)

    def test_names_with_signs_of_patterns_pair_as_they_are(self):
        self.touch("i/a[1]%20.jpg", "l/a[1]%20.png")
        self.assertEqual(self.pair()[1], [])

    def test_files_skipped_for_their_extension_are_counted(self):
        self.touch("i/1.jpg", "i/2.HEIC", "i/3.heic", "i/notes.txt")
        self.touch("l/1.png", "l/2.png", "l/3.png")
        _, problems = self.pair()
        self.assertRegex(
            problems[0],
            "2 label maps in l have no image.*2 files with the extension .heic",
        )

    def test_files_without_partner_are_counted_and_named(self):
        self.touch("i/1.jpg", "i/2.jpg", "i/3.jpg", "l/1.png", "l/x.png")
        pairs, problems = self.pair()
        self.assertEqual(pairs, [("i/1.jpg", "l/1.png")])
        self.assertRegex(problems[0], "1 label map in l has no image.*l/x.png")
        self.assertRegex(problems[1], "2 images in i have no label.*i/2.jpg")

    def test_positions_pair_if_counts_and_names_agree(self):
        lists = {"images": ["a/1.jpg", "a/2.jpg"], "label maps": ["1.png"]}
        _, problems = pair_by_position(lists)
        self.assertRegex(problems[0], "2 images, 1 label map.*'2'")
        lists["label maps"] = ["1.png", "3.png"]
        pairs, problems = pair_by_position(lists)
        self.assertRegex(problems[0], "a/2.jpg with 3.png.*`pairing=position")
        pairs, problems = pair_by_position(lists, key=None)
        self.assertEqual(problems, [])
        self.assertEqual(pairs[1], ("a/2.jpg", "3.png"))
