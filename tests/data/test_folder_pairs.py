import os

from keras_semsynth.data.folder_pairs import pair_folders
from keras_semsynth.data.name_patterns import NamePattern
from tests.files.folder_test_case import FolderTestCase


class FolderPairsTest(FolderTestCase):
    def pair(self, images="i", labels="l", instances=None, **suffixes):
        folders = [images, labels] + ([instances] if instances else [])
        pairs = pair_folders(
            *(self.root / folder for folder in folders),
            patterns={k: NamePattern(suffix=s) for k, s in suffixes.items()},
        )
        root = str(self.root) + os.sep
        return pairs._replace(
            rows=[tuple(p.replace(root, "") for p in r) for r in pairs.rows],
            problems=[p.replace(root, "") for p in pairs.problems],
        )

    def test_a_suffix_that_would_pair_is_offered(self):
        self.touch("i/a.jpg", "i/b.jpg", "l/a_mask.png", "l/b_mask.png")
        pairs = self.pair()
        self.assertEqual(
            pairs.problems,
            [
                "The names of the label maps in l end in '_mask': set "
                "`label_suffix=_mask`, so that the rest of the names is "
                "compared."
            ],
        )
        self.assertEqual(pairs.proposed, {"label_suffix": "_mask"})
        self.assertEqual(
            pairs.rows,
            [("i/a.jpg", "l/a_mask.png"), ("i/b.jpg", "l/b_mask.png")],
        )
        given = self.pair(label="_mask")
        self.assertEqual(given, (pairs.rows, [], {}))

    def test_prefixes_of_both_kinds_are_offered(self):
        self.touch("i/img_1.jpg", "i/img_2.jpg", "l/mask_1.png", "l/mask_2.png")
        pairs = self.pair()
        self.assertEqual(
            pairs.proposed, {"image_prefix": "img_", "label_prefix": "mask_"}
        )
        self.assertRegex(
            pairs.problems[0], "`image_prefix=img_` and `label_prefix=mask_`"
        )

    def test_no_suffix_is_offered_where_names_agree(self):
        self.touch("i/a.jpg", "i/b.jpg", "i/c.jpg")
        self.touch("l/a.png", "l/b.png", "l/c_mask.png")
        pairs = self.pair()
        self.assertEqual(pairs.proposed, {})
        self.assertEqual(len(pairs.problems), 2)

    def test_a_missing_partner_is_told_beside_the_suffix(self):
        self.touch("i/a.jpg", "i/b.jpg", "l/a_mask.png", "l/b_mask.png")
        self.touch("l/c_mask.png")
        problems = self.pair().problems
        self.assertEqual(len(problems), 2)
        self.assertIn("first is l/c_mask.png", problems[1])

    def write_cityscapes(self):
        for city in ("aachen", "ulm"):
            for number in range(2):
                name = f"{city}/{city}_{number}_000019"
                self.touch(f"i/{name}_leftImg8bit.png")
                for kind in (
                    "color.png", "instanceIds.png", "labelIds.png",
                    "polygons.json",
                ):  # fmt: skip
                    self.touch(f"l/{name}_gtFine_{kind}")

    def test_the_layout_of_cityscapes_is_offered_and_read(self):
        self.write_cityscapes()
        pairs = self.pair(instances="l")
        self.assertEqual(
            pairs.proposed,
            {
                "image_suffix": "_leftImg8bit",
                "label_suffix": "_gtFine_labelIds",
                "instance_suffix": "_gtFine_instanceIds",
            },
        )
        given = self.pair(
            instances="l",
            image="_leftImg8bit",
            label="_gtFine_labelIds",
            instance="_gtFine_instanceIds",
        )
        self.assertEqual(given, (pairs.rows, [], {}))
        self.assertEqual(len(given.rows), 4)

    def test_instance_maps_in_the_folder_of_all_are_told_apart(self):
        for name in "ab":
            self.touch(f"i/{name}.jpg", f"i/{name}.png", f"i/{name}_inst.png")
        pairs = self.pair("i", "i", "i")
        self.assertEqual(pairs.proposed, {"instance_suffix": "_inst"})
        rows = [(f"i/{n}.jpg", f"i/{n}.png", f"i/{n}_inst.png") for n in "ab"]
        self.assertEqual(pairs.rows, rows)
        given = self.pair("i", "i", "i", instance="_inst")
        self.assertEqual(given, (rows, [], {}))

    def test_a_suffix_that_no_name_has_is_said(self):
        self.touch("i/a.jpg", "l/a_mask.png")
        self.assertRegex(
            self.pair(label="_msk.png").problems[0],
            "l holds no label maps whose names end in '_msk.png', as "
            "`label_suffix=_msk.png` says; .*l/a_mask.png, and its extension",
        )

    def test_in_one_folder_jpeg_files_are_the_photographs(self):
        self.touch("i/x/a.jpg", "i/x/a.png", "i/x/a.xml", "i/b.JPEG", "i/b.png")
        pairs = self.pair("i", "i/../i")
        self.assertEqual(pairs.problems, [])
        self.assertEqual(
            [tuple(map(os.path.basename, row)) for row in pairs.rows],
            [("b.JPEG", "b.png"), ("a.jpg", "a.png")],
        )

    def test_in_one_folder_names_can_tell_the_kinds_apart(self):
        self.touch("i/a.png", "i/a_mask.png", "i/b.png", "i/b_mask.png")
        offered = self.pair("i", "i")
        self.assertEqual(offered.proposed, {"label_suffix": "_mask"})
        self.assertEqual(len(offered.problems), 1)
        given = self.pair("i", "i", label="_mask")
        self.assertEqual(given, (offered.rows, [], {}))
        self.assertEqual(
            given.rows,
            [("i/a.png", "i/a_mask.png"), ("i/b.png", "i/b_mask.png")],
        )

    def test_one_folder_in_which_nothing_tells_the_kinds_apart(self):
        self.touch("i/a.png", "i/b.png")
        with self.assertRaisesRegex(ValueError, "same folder.*no JPEG files"):
            self.pair("i", "i")
        self.touch("j/a.jpg", "j/b.jpg")
        self.assertRegex(
            self.pair("j", "j").problems[0],
            "j holds no label maps: JPEG files, such as j/a.jpg, are taken",
        )

    def test_one_folder_may_be_spelled_in_two_ways(self):
        self.touch("i/a_leftImg8bit.png", "i/a_color.png", "i/a_labelIds.png")
        self.touch("i/b_leftImg8bit.png", "i/b_color.png", "i/b_labelIds.png")
        (self.root / "l").symlink_to(self.root / "i")
        pairs = self.pair()
        self.assertEqual(
            pairs.proposed,
            {"image_suffix": "_leftImg8bit", "label_suffix": "_labelIds"},
        )
        self.assertEqual(len(pairs.rows), 2)

    def test_names_without_a_rule_may_be_paired_by_position(self):
        self.touch("i/1.jpg", "i/2.jpg", "l/0001.png", "l/0002.png")
        (self.root / "i/3.cr2").touch()
        (problem,) = self.pair().problems
        self.assertRegex(
            problem, ".cr2 was.*i/1.jpg and l/0001.png.*`pairing=position`"
        )

    def test_many_ambiguous_names_are_one_sentence(self):
        for number in range(9):
            self.touch(f"i/a/{number}.jpg", f"i/b/{number}.jpg")
            self.touch(f"l/{number}.png", "l/x.png", "i/x/x.jpg")
        (problem,) = self.pair().problems
        self.assertRegex(problem, "share the name '0'.* 8 other names")

    def test_a_folder_of_label_maps_inside_that_of_the_photographs(self):
        self.touch("i/a.png", "i/labels/a.png")
        self.assertEqual(
            self.pair("i", "i/labels"),
            ([("i/a.png", "i/labels/a.png")], [], {}),
        )

    def test_an_empty_folder_names_what_was_skipped(self):
        self.touch("i/a.heic", "i/b.heic", "l/a.png")
        self.assertEqual(
            self.pair().problems,
            [
                "The folder i holds no images (2 files with the extension "
                ".heic were skipped; JPEG and PNG are read)."
            ],
        )
