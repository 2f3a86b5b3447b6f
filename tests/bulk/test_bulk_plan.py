import unicodedata

import pytest

pytest.importorskip("apache_beam", reason="needs keras_semsynth[beam]")

from keras_semsynth.bulk.plan import plan  # noqa: E402
from tests.files.folder_test_case import FolderTestCase  # noqa: E402

# Of Apache Beam and what it imports.
pytestmark = pytest.mark.filterwarnings("default")


class BulkPlanTest(FolderTestCase):
    def plan(self, **arguments):
        source, target = str(self.root / "in"), str(self.root / "in/out")
        return plan(source, target, [None], **arguments)

    def test_label_maps_are_listed_by_the_rule_of_training(self):
        self.touch(
            "in/b/10.PNG", "in/b/9.Tif", "in/c%.gif", "in/._c.png",
            "in/__MACOSX/c.png", "in/.thumbnails/c.png", "in/out/old.png",
            "in/c.jpg",
        )  # fmt: skip
        self.assertEqual(
            [job.source for job in self.plan()],
            ["b/9.Tif", "b/10.PNG", "c%.gif"],
        )

    def test_instance_maps_may_spell_accents_in_another_form(self):
        split = unicodedata.normalize("NFD", "\u00e9.png")
        self.touch("in/\u00e9.png", f"maps/{split}")
        (job,) = self.plan(instances=str(self.root / "maps"))
        self.assertEqual(job.instances, str(self.root / "maps" / split))

    def test_a_folder_without_label_maps_names_what_was_skipped(self):
        self.touch("in/a.heic")
        with self.assertRaisesRegex(ValueError, "no label maps.*.heic"):
            self.plan()
