from keras_semsynth.synthesis.generation_plan import plan
from tests.files.folder_test_case import FolderTestCase


class GenerationPlanTest(FolderTestCase):
    def sources(self, target):
        jobs = plan(self.root, self.root / target)
        return [job.relative.as_posix() for job in jobs]

    def test_label_maps_are_listed_by_the_rule_of_training(self):
        self.touch(
            "b/10.PNG", "b/9.Tif", "a[1].gif", "._a.png", "__MACOSX/a.png",
            ".ipynb_checkpoints/a-checkpoint.png", "out/old.png",
        )  # fmt: skip
        self.assertEqual(
            self.sources("out"), ["a[1].gif", "b/9.Tif", "b/10.PNG"]
        )

    def test_a_photograph_of_the_same_name_is_no_label_map(self):
        self.touch("a.jpg", "a.png")
        self.assertEqual(self.sources("out"), ["a.png"])

    def test_a_folder_without_label_maps_names_what_was_skipped(self):
        self.touch("a.jpg", "b.npy")
        with self.assertRaisesRegex(
            ValueError, r"holds no label maps.*1 file with the extension .npy"
        ):
            self.sources("out")
