import json
import pathlib
import tempfile
import unittest

from keras_semsynth.evaluation.own_rows import find_published
from keras_semsynth.evaluation.own_rows import published_of_run
from keras_semsynth.evaluation.published import with_published
from keras_semsynth.evaluation.published_tables import fill_tables
from keras_semsynth.evaluation.score import Score
from keras_semsynth.experiments import Experiment


def printed(experiment, dataset):
    if isinstance(experiment, str):
        experiment = Experiment.from_preset(experiment)
    found = find_published(experiment, dataset)
    return found and {name: value[0] for name, value in found.scores.items()}


class FindPublishedTest(unittest.TestCase):
    def test_an_experiment_has_its_own_row(self):
        self.assertEqual(
            printed("pix2pixhdpp_ade20k_256", "ade20k"), {"mIoU": 38.3}
        )
        self.assertEqual(
            printed("pix2pixhd_ade20k_256", "ade20k"),
            {"mIoU": 20.3, "accuracy": 69.2, "FID": 81.8},
        )
        self.assertEqual(
            printed("ccfpse_table2_3", "coco_stuff"), {"mIoU": 40.4}
        )
        # The same networks, in a row of another table.
        ours = printed("spade_table3_decoder_spade", "coco_stuff")
        self.assertEqual(ours, {"mIoU": 35.2})
        self.assertEqual(
            printed("spade_coco_stuff_256", "coco_stuff")["mIoU"], 37.4
        )

    def test_its_own_paper_comes_first_and_others_add_columns(self):
        found = printed("ccfpse_cityscapes_512", "cityscapes")
        self.assertEqual(found["mIoU"], 65.5)  # 65.6 in SC-GAN's paper
        self.assertEqual(found["object mIoU"], 58.1)  # DP-GAN's paper
        self.assertEqual(
            printed("scgan_summer2winter_256", "unpaired")["IS"], 3.183
        )
        faces = printed("scgan_celebamask_hq_512", "celebamask_hq")
        self.assertEqual(faces, {"FID": 19.2, "LPIPS": 0.395})
        outdoor = printed("spade_ade20k_outdoor_256", "ade20k_outdoor")
        self.assertEqual(outdoor["FID"], 63.3)

    def test_a_row_knows_other_datasets(self):
        self.assertEqual(
            printed("spade_table3_decoder_concat", "ade20k"), {"mIoU": 33.6}
        )
        other = Experiment.from_preset("spade_ade20k_256")
        other = other.replace(data=("cityscapes", {"data_dir": "here"}))
        found = find_published(other, "cityscapes")
        self.assertEqual(found.preset, "spade_cityscapes_512")
        self.assertEqual(
            found.differences,
            ("upsampling of the generator normal (there more)",),
        )

    def test_a_model_alone_stands_beside_the_nearest_experiment(self):
        mine = Experiment.from_preset("pix2pixhdpp").replace(
            data=("ade20k", {"data_dir": "here"}), run={"epochs": 200}
        )
        found = find_published(mine, "ade20k")
        self.assertEqual(found.preset, "pix2pixhdpp_ade20k_256")
        self.assertEqual(
            found.differences,
            ("decay_epochs 0 (there 100)", "batch_size 1 (there 32)"),
        )

    def test_nothing_is_published_for_other_data(self):
        self.assertIsNone(printed("spade", "landscapes"))
        self.assertIsNone(printed("spade_ade20k_256", "landscapes"))
        self.assertIsNone(find_published(None, "cityscapes", "default"))

    def test_images_of_unknown_make_have_the_row_of_the_protocol(self):
        found = find_published(None, "cityscapes", "oasis")
        self.assertEqual(found.scores["FID"][0], 47.7)
        self.assertFalse(found.is_known)

    def test_only_what_changes_the_learning_is_a_difference(self):
        preset = Experiment.from_preset("spade_coco_stuff_256")
        same = preset.replace(
            data={"data_dir": "here"},
            run={
                "run_dir": "runs/mine",
                "tensorboard": False,
                "perceptual": "vgg19.pth",
                "seed": 4,
            },
        )
        self.assertEqual(find_published(same, "coco_stuff").differences, ())
        other = preset.replace(
            data={"use_edge_map": False},
            discriminator="oasis",
            run={"perceptual": "off"},
        )
        self.assertEqual(
            find_published(other, "coco_stuff").differences,
            (
                "use_edge_map of the data False (there True)",
                "discriminator oasis (there multi_scale_patch)",
                "perceptual off (there none)",
            ),
        )

    def test_images_of_another_style_are_beside_nothing(self):
        faces = Experiment.from_preset("scgan_celebamask_hq_512")
        found = find_published(faces, "celebamask_hq")
        self.assertEqual(found.style, "own")
        for style in ("own", "unknown"):
            self.assertEqual(found.scored_with(style), found)
        other = found.scored_with("random")
        self.assertEqual(other.scores, {})
        self.assertEqual(len(other.remarks([], "scgan")), 1)
        spade = Experiment.from_preset("spade_celebamask_hq_512")
        spade = find_published(spade, "celebamask_hq")
        self.assertEqual(spade.style, "random")
        self.assertEqual(spade.scored_with("own").scores, {})

    def test_a_style_in_the_name_of_a_protocol_is_no_other_protocol(self):
        faces = Experiment.from_preset("scgan_celebamask_hq_512")
        found = find_published(faces, "celebamask_hq")
        scores = with_published([Score("fid", 20.0, {})], found, "all")
        name = "scgan, style=own with fid_resize=clean"
        remarks = found.remarks(scores, name)
        self.assertEqual(len(remarks), 1, remarks)


class PublishedOfRunTest(unittest.TestCase):
    def test_what_was_trained_is_read_from_the_run(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertIsNone(published_of_run(folder, "ade20k", "default"))
            experiment = Experiment.from_preset("spade_ade20k_256")
            experiment = experiment.replace(data={"data_dir": "here"})
            experiment.save(folder)
            found = published_of_run(folder, "ade20k")
            self.assertEqual((found.differences, found.parameters), ((), None))
            report = {
                "epochs": 12.25,
                "epochs_planned": 200,
                "parameters": {"generator": 96_492_483},
            }
            path = pathlib.Path(folder) / "report.json"
            path.write_text(json.dumps(report))
            found = published_of_run(f"{folder}/generator.keras", "ade20k")
            self.assertEqual(found.differences, ("epochs so far 12.2 of 200",))
            # Nothing but the parameters is known.
            table = fill_tables(found, [], "valid")[0]
            self.assertTrue(table.title.startswith("SPADE, table 3"))
            self.assertEqual(table.rows[table.own], ("this run", "–", "96.5"))
