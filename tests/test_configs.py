import pathlib
import unittest

from keras_semsynth import presets
from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.data.flags import preprocessing_from_flags
from keras_semsynth.training.build import build_generator
from keras_semsynth.training.build import check_flags
from keras_semsynth.training.build import check_image_size
from tests.training import flag_values

ROOT = pathlib.Path(__file__).resolve().parents[1]
CONFIGS = sorted(
    path
    for path in (ROOT / "configs").glob("*.cfg")
    if not path.stem.endswith("_evaluate")  # of evaluate.py, not train.py
)


def parse(path, *arguments):
    return flag_values.parse(f"--flagfile={path}", *arguments, root=ROOT)


class ConfigsTest(unittest.TestCase):
    def test_every_config_describes_a_run_that_could_start(self):
        self.assertGreaterEqual(len(CONFIGS), 7)
        for path in CONFIGS:
            with self.subTest(path.name):
                values = parse(path, "--perceptual_weights=off")
                check_flags(values)
                preprocessing = preprocessing_from_flags(values, training=True)
                size = check_image_size(
                    values, preprocessing.image_size, preprocessing.mode
                )
                self.assertEqual(values.run_dir, f"runs/{path.stem}")
                build_generator(
                    values,
                    num_classes=12,
                    use_edge_map=False,
                    image_size=size,
                )

    def test_every_config_says_in_a_comment_what_it_is(self):
        for path in ROOT.glob("configs/**/*.cfg"):
            self.assertTrue(path.read_text().startswith("# "), path)

    def test_presets_and_configs_tell_the_same_generator(self):
        checked = 0
        for name, preset in presets.PRESETS.items():
            if preset.get("encoder"):
                continue  # the config has no style encoder by default
            with self.subTest(name):
                path = ROOT / preset["flagfile"]
                values = parse(path, "--perceptual_weights=off")
                layout = preset["layout"]
                size = preprocessing_from_flags(values, True).image_size
                arguments = list(preset["generator"])
                network = build_generator(
                    values,
                    num_classes=layout["num_classes"],
                    use_edge_map=layout.get("use_edge_map", False),
                    image_size=size,
                )
                for argument in arguments:
                    expected = preset["generator"][argument]
                    actual = getattr(network, argument)
                    if name.startswith("pix2pixhdpp") and (
                        argument == "normalization"
                    ):
                        continue  # a flag away, as the config says
                    self.assertEqual(actual, expected, argument)
                checked += 1
        self.assertGreaterEqual(checked, 4)

    def test_hyperparameters_are_those_of_the_paper(self):
        expected = {
            "ade20k_spade": (32, 200, 100, "resize_and_crop", (256, 256)),
            "coco_stuff_spade": (32, 100, 0, "resize_and_crop", (256, 256)),
            "cityscapes_spade": (32, 200, 100, "fixed", (256, 512)),
            "facades_spade": (1, 50, 0, "resize_and_crop", (256, 256)),
            "ade20k_pix2pixhd": (32, 200, 100, "resize_and_crop", (256, 256)),
        }
        for name, row in expected.items():
            with self.subTest(name):
                values = parse(ROOT / "configs" / f"{name}.cfg")
                preprocessing = preprocessing_from_flags(values, True)
                self.assertEqual(
                    (
                        values.batch_size,
                        values.epochs,
                        values.decay_epochs,
                        preprocessing.mode,
                        preprocessing.image_size,
                    ),
                    row,
                )
                self.assertEqual(values.learning_rate, 2e-4)
                self.assertTrue(values.ttur)
                self.assertEqual(values.feature_matching_weight, 10)
                self.assertEqual(values.perceptual_weight, 10)
                if row[3] == "resize_and_crop":
                    self.assertEqual(preprocessing.load_size, 286)

    def test_absent_perceptual_weights_say_where_they_are(self):
        values = parse(ROOT / "configs" / "ade20k_spade.cfg")
        with self.assertRaises(UsageError) as caught:
            check_flags(values)
        message = str(caught.exception)
        self.assertIn("vgg19-dcbb9e9d.pth", message)
        self.assertIn("--perceptual_weights=off", message)
