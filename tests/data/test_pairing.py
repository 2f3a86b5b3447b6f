import pathlib
import tempfile
import unittest

from keras_semsynth.data.pairing import list_images
from keras_semsynth.data.pairing import natural_key
from keras_semsynth.data.pairing import pair_by_position
from keras_semsynth.data.pairing import pair_by_stem


class PairingTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def touch(self, *names):
        for name in names:
            path = self.root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()

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

    def test_natural_order_compares_digits_as_numbers(self):
        names = ["b1", "a10.png", "a9.png", "a", "10", "9", "a01", "a1", "a1b2"]
        self.assertEqual(
            sorted(names, key=natural_key),
            ["9", "10", "a", "a01", "a1", "a1b2", "a9.png", "a10.png", "b1"],
        )

    def test_folders_are_walked_and_other_files_left_out(self):
        self.touch("i/b/10.png", "i/b/9.JPG", "i/a.txt", "i/c.gif", "i/a.webp")
        found = [
            str(pathlib.Path(path).relative_to(self.root))
            for path in list_images(self.root / "i")
        ]
        self.assertEqual(found, ["i/a.webp", "i/b/9.JPG", "i/b/10.png"])

    def test_links_in_a_circle_and_hidden_files_do_no_harm(self):
        self.touch("i/a.png", "i/._a.png", "elsewhere/b.png")
        (self.root / "i/again").symlink_to(self.root / "i")
        (self.root / "i/more").symlink_to(self.root / "elsewhere")
        found = [
            pathlib.Path(path).name for path in list_images(self.root / "i")
        ]
        self.assertEqual(found, ["a.png", "b.png"])

    def test_files_list_replaces_the_walk(self):
        self.touch("i/a.png", "i/b.png", "i/c.png")
        (self.root / "i/files.list").write_text("c.png\n\na.png\n")
        found = [
            pathlib.Path(path).name for path in list_images(self.root / "i")
        ]
        self.assertEqual(found, ["a.png", "c.png"])
        (self.root / "i/files.list").write_text("x.png\n")
        with self.assertRaisesRegex(ValueError, "1 files that do not exist"):
            list_images(self.root / "i")

    def test_a_missing_folder_is_named(self):
        with self.assertRaisesRegex(ValueError, "none does not exist"):
            list_images(self.root / "none")

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
        self.assertRegex(problems[0], "i/a/1.jpg, i/b/1.jpg and l/1.png.*ambig")

    def test_two_extensions_of_one_stem_are_a_problem(self):
        self.touch("i/1.jpg", "i/1.png", "l/1.png")
        _, problems = self.pair()
        self.assertRegex(problems[0], "differ in their extension only")

    def test_files_without_partner_are_counted_and_named(self):
        self.touch("i/1.jpg", "i/2.jpg", "i/3.jpg", "l/1.png", "l/x.png")
        pairs, problems = self.pair()
        self.assertEqual(pairs, [("i/1.jpg", "l/1.png")])
        self.assertRegex(
            problems[0], "1 label maps in l have no image.*l/x.png"
        )
        self.assertRegex(problems[1], "2 images in i have no label.*i/2.jpg")

    def test_positions_pair_if_counts_and_names_agree(self):
        lists = {"images": ["a/1.jpg", "a/2.jpg"], "label maps": ["1.png"]}
        _, problems = pair_by_position(lists)
        self.assertRegex(problems[0], "2 images, 1 label maps.*'2'")
        lists["label maps"] = ["1.png", "3.png"]
        pairs, problems = pair_by_position(lists)
        self.assertRegex(problems[0], "a/2.jpg with 3.png.*`pairing=position")
        pairs, problems = pair_by_position(lists, key=None)
        self.assertEqual(problems, [])
        self.assertEqual(pairs[1], ("a/2.jpg", "3.png"))
