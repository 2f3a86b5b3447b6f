"""The description of a run, and the presets and flag files that give one."""

import dataclasses
import pathlib
import tempfile
import unittest

import numpy as np

from keras_semsynth.commands.train import main as train_command
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import Part
from keras_semsynth.experiments import PartError
from keras_semsynth.experiments import build_discriminator
from keras_semsynth.experiments import build_encoder
from keras_semsynth.experiments import build_generator
from keras_semsynth.experiments import has_experiment
from keras_semsynth.experiments import perceptual_loss
from keras_semsynth.experiments import preprocessing
from keras_semsynth.experiments import published_label_space
from keras_semsynth.experiments import run_settings
from keras_semsynth.presets import PRESETS
from keras_semsynth.scorers import UNetSegmenter
from keras_semsynth.training.checks import check_image_size

ROOT = pathlib.Path(__file__).resolve().parents[2]
CONFIGS = sorted(
    path
    for path in (ROOT / "configs").glob("*.cfg")
    if not path.stem.endswith("_evaluate")  # of evaluate, not of train
)
# Where things lie on a machine: a flag file has them, a preset has not.
PLACES = {
    "data": frozenset(
        {
            "data_dir",
            "image_dir",
            "label_dir",
            "val_image_dir",
            "val_label_dir",
            "palette",
        }
    ),
    "run": frozenset({"run_dir", "perceptual", "init_from"}),
}


def parse(path, *arguments):
    return train_command.parse([f"--flagfile={path}", *arguments])["experiment"]


class ExperimentTest(unittest.TestCase):
    def test_it_is_a_value(self):
        first = Experiment.from_preset("spade_ade20k_256")
        second = Experiment.from_preset("spade_ade20k_256")
        self.assertEqual(first, second)
        self.assertEqual(hash(first), hash(second))
        with self.assertRaises(dataclasses.FrozenInstanceError):
            first.generator = Part("oasis")
        with self.assertRaises(TypeError):
            first.run.arguments["epochs"] = 3

    def test_what_equals_a_default_is_left_out(self):
        experiment = Experiment().replace(
            generator={"filters": 64, "hidden_filters": 8}
        )
        self.assertEqual(
            dict(experiment.generator.arguments), {"hidden_filters": 8}
        )
        back = experiment.replace(generator={"hidden_filters": 128})
        self.assertEqual(back, Experiment())

    def test_another_choice_starts_from_its_own_defaults(self):
        experiment = Experiment().replace(generator={"filters": 8})
        same = experiment.replace(generator="spade")
        self.assertEqual(same, experiment)
        other = experiment.replace(generator="ccfpse")
        self.assertEqual(other.generator, Part("ccfpse"))
        both = experiment.replace(generator=("ccfpse", {"filters": 4}))
        self.assertEqual(both.generator, Part("ccfpse", {"filters": 4}))
        styled = experiment.replace(encoder="style")
        self.assertIsNone(styled.replace(encoder=None).encoder)

    def test_what_is_wrong_is_named(self):
        for changes, message in (
            ({"generator": "ccfps"}, r"`generator=ccfps`.*mean ccfpse\?"),
            ({"data": "facade"}, r"`dataset=facade`.*mean facades\?"),
            ({"generator": {"filter": 8}}, r"no argument `filter`.*filters\?"),
            ({"generator": {"filters": "8"}}, "`filters` must be a whole numb"),
            ({"encoder": {"filters": 8}}, "no encoder whose arguments"),
            ({"network": "spade"}, "has the parts data, generator"),
        ):
            with self.subTest(changes):
                with self.assertRaisesRegex(ValueError, message):
                    Experiment().replace(**changes)
        with self.assertRaisesRegex(ValueError, "mean spade_ade20k_256"):
            Experiment.from_preset("spade_ade20k_25")

    def test_a_run_directory_gives_it_back(self):
        experiment = Experiment.from_preset("dpgan_cityscapes_512").replace(
            discriminator={"patch_taps": ("down_1", "down_3")},
            run={"run_dir": "runs/mine"},
        )
        with tempfile.TemporaryDirectory() as folder:
            self.assertFalse(has_experiment(folder))
            with self.assertRaisesRegex(ValueError, "no experiment.json"):
                Experiment.load(folder)
            experiment.save(folder)
            self.assertTrue(has_experiment(folder))
            self.assertEqual(Experiment.load(folder), experiment)
            file = pathlib.Path(folder) / "generator.keras"
            self.assertEqual(Experiment.load(file), experiment)
            path = pathlib.Path(folder) / "experiment.json"
            path.write_text("{}")
            with self.assertRaisesRegex(ValueError, "describes no experiment"):
                Experiment.load(folder)
            path.write_text("{")
            with self.assertRaisesRegex(ValueError, "cannot be read"):
                Experiment.load(folder)

    def test_differences_are_listed_with_defaults_and_without_what_is_free(
        self,
    ):
        old = Experiment.from_preset("spade")
        new = old.replace(
            generator={"filters": 8},
            objective="ccfpse",
            run={"epochs": 7, "batch_size": 2},
        )
        self.assertEqual(
            old.differences(new),
            [
                ("generator", "filters", 64, 8),
                ("objective", "name", "spade", "ccfpse"),
                ("run", "batch_size", 1, 2),
            ],
        )
        self.assertEqual(old.differences(old), [])

    def test_a_path_that_is_spelled_otherwise_is_no_difference(self):
        old = Experiment(data=Part("folder", {"image_dir": "photos"}))
        absolute = str(pathlib.Path("photos").resolve())
        for spelled in ("photos/", "./photos", absolute):
            new = old.replace(data={"image_dir": spelled})
            self.assertEqual(old.differences(new), [])
        new = old.replace(data={"image_dir": "pictures"})
        self.assertEqual(
            old.differences(new), [("data", "image_dir", "photos", "pictures")]
        )


class PresetsTest(unittest.TestCase):
    def test_every_preset_has_networks_of_its_dataset(self):
        for name in PRESETS:
            with self.subTest(name):
                experiment = Experiment.from_preset(name)
                self.assertEqual(experiment.preset, name)
                if experiment.data.name in ("unpaired", "folder"):
                    continue  # the files decide the classes
                space = published_label_space(experiment)
                self.assertIsNotNone(build_generator(experiment, space))
                judges = build_discriminator(experiment, space)
                self.assertEqual(judges is None, name.startswith("crn"))
                encoder = build_encoder(experiment, space)
                if encoder is not None:
                    generator = build_generator(experiment, space)
                    self.assertEqual(generator.latent_size, encoder.style_dim)

    def test_a_flag_file_is_its_preset_and_what_differs(self):
        checked = set()
        for path in CONFIGS:
            experiment = parse(path)
            preset = Experiment.from_preset(experiment.preset)
            if experiment.preset in ("spade", *_models()):
                continue  # small, on data of one's own
            with self.subTest(path.name):
                self.assertEqual(preset.differences(experiment, PLACES), [])
                checked.add(experiment.preset)
        rows = {name for name in PRESETS if "_table" in name}
        published = set(PRESETS) - set(_models()) - rows
        self.assertLessEqual(published, checked)

    def test_the_papers_hyperparameters(self):
        crop, fixed = ("resize_and_crop", (256, 256)), ("fixed", (256, 512))
        small, large = ("fixed", (256, 256)), ("fixed", (512, 512))
        # Dataset, batch size, epochs, epochs of them in which rates fall.
        for name, row, geometry in (
            ("spade_ade20k_256", ("ade20k", 32, 200, 100), crop),
            ("spade_style_ade20k_256", ("ade20k", 32, 200, 100), crop),
            (
                "spade_ade20k_outdoor_256",
                ("ade20k_outdoor", 32, 200, 100),
                crop,
            ),
            ("spade_coco_stuff_256", ("coco_stuff", 32, 100, 0), crop),
            ("spade_cityscapes_512", ("cityscapes", 32, 200, 100), fixed),
            ("spade_facades_256", ("facades", 1, 50, 0), crop),
            ("spade_celebamask_hq_512", ("celebamask_hq", 32, 100, 50), large),
            ("spade_flickr_landscapes_256", ("folder", 32, 50, 0), crop),
            ("pix2pixhd_ade20k_256", ("ade20k", 32, 200, 100), crop),
            (
                "pix2pixhd_ade20k_outdoor_256",
                ("ade20k_outdoor", 32, 200, 100),
                crop,
            ),
            ("pix2pixhd_coco_stuff_256", ("coco_stuff", 32, 100, 0), crop),
            ("pix2pixhd_cityscapes_512", ("cityscapes", 32, 200, 100), fixed),
            (
                "pix2pixhd_celebamask_hq_512",
                ("celebamask_hq", 32, 100, 50),
                large,
            ),
            ("pix2pixhdpp_coco_stuff_256", ("coco_stuff", 32, 100, 0), crop),
            ("oasis_ade20k_outdoor_256", ("ade20k_outdoor", 32, 200, 0), small),
            ("dpgan_ade20k_outdoor_256", ("ade20k_outdoor", 5, 200, 0), small),
            (
                "scgan_oasis_cityscapes_512",
                ("cityscapes", 16, 200, 100),
                fixed,
            ),
        ):
            with self.subTest(name):
                experiment = Experiment.from_preset(name)
                settings = experiment.settings()
                self.assertEqual(
                    (
                        experiment.data.name,
                        settings["run"]["batch_size"],
                        settings["run"]["epochs"],
                        settings["optimizers"]["decay_epochs"],
                    ),
                    row,
                )
                shape = preprocessing(experiment, training=True)
                self.assertEqual((shape.mode, shape.image_size), geometry)
                if shape.mode == "resize_and_crop":
                    self.assertEqual(shape.load_size, 286)
                if not name.startswith(("spade", "pix2pixhd")):
                    continue
                self.assertEqual(settings["optimizers"]["learning_rate"], 2e-4)
                objective = settings["objective"]
                self.assertEqual(objective["feature_matching_weight"], 10)
                self.assertEqual(objective["perceptual_weight"], 10)

    def test_style_codes_are_where_the_papers_have_them(self):
        styled = {
            name
            for name in PRESETS
            if "_table" not in name
            and Experiment.from_preset(name).encoder is not None
        }
        self.assertEqual(
            {name for name in styled if not name.startswith("ccfpse")},
            {
                "inade",
                "inade_ade20k_256",
                "spade_style_ade20k_256",
                "spade_flickr_landscapes_256",
                "scgan_celebamask_hq_512",
                "scgan_celebamask_hq_512_paper",
            },
        )

    def test_scgan_with_oasis_keeps_its_own_generator(self):
        mixed = Experiment.from_preset("scgan_oasis_cityscapes_512")
        own = Experiment.from_preset("scgan_cityscapes_512")
        oasis = Experiment.from_preset("oasis_cityscapes_512")
        self.assertEqual(mixed.generator, own.generator)
        self.assertEqual(mixed.discriminator, oasis.discriminator)
        self.assertEqual(run_settings(mixed).perceptual, "off")
        objective = mixed.settings()["objective"]
        theirs = oasis.settings()["objective"]
        for name in ("label_mix_weight", "ema_decay"):
            self.assertEqual(objective[name], theirs[name], name)
        self.assertEqual(objective["semantic_vector_weight"], 2)

    def test_pix2pixhd_is_that_of_its_authors(self):
        flag_files = [p for p in CONFIGS if p.stem.endswith("_pix2pixhd")]
        flag_files.remove(ROOT / "configs/landscapes_pix2pixhd.cfg")
        self.assertGreaterEqual(len(flag_files), 5)
        for path in flag_files:
            with self.subTest(path.stem):
                settings = parse(path).settings()
                objective = settings["objective"]
                self.assertEqual(objective["adversarial"], "least_squares")
                generator = settings["generator"]
                self.assertEqual(generator["normalization"], "instance")
                self.assertFalse(generator["spectral"])
                self.assertFalse(settings["discriminator"]["spectral"])
                self.assertFalse(settings["optimizers"]["ttur"])

    def test_pix2pixhdpp_is_spade_without_its_layer(self):
        for dataset in ("ade20k", "coco_stuff"):
            path = ROOT / f"configs/{dataset}_pix2pixhdpp.cfg"
            plus = parse(path).settings()
            spade = parse(ROOT / f"configs/{dataset}_spade.cfg").settings()
            self.assertEqual(plus["objective"]["adversarial"], "hinge")
            self.assertEqual(plus["generator"]["normalization"], "sync_batch")
            self.assertTrue(plus["generator"]["spectral"])
            for part in ("data", "discriminator", "optimizers"):
                self.assertEqual(plus[part], spade[part], part)


class ConfigsTest(unittest.TestCase):
    def test_every_config_describes_a_run_that_could_start(self):
        self.assertGreaterEqual(len(CONFIGS), 7)
        for path in CONFIGS:
            with self.subTest(path.name):
                experiment = parse(path, "--perceptual=off")
                self.assertIsNone(perceptual_loss(experiment))
                if path.stem.endswith("_projected"):
                    # Of the networks of features, this one is here.
                    features = {"features": "landscapes", "enlarge": 1}
                    experiment = experiment.replace(discriminator=features)
                geometry = preprocessing(experiment, training=True)
                check_image_size(experiment, geometry)
                run_dir = run_settings(experiment).run_dir
                self.assertEqual(run_dir, f"runs/{path.stem}")

    def test_every_config_says_in_a_comment_what_it_is(self):
        for path in ROOT.glob("configs/**/*.cfg"):
            self.assertTrue(path.read_text().startswith("# "), path)

    def test_a_scorer_can_stand_in_for_vgg19(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "scorer.keras"
            scorer = UNetSegmenter(3, filters=2, depth=2)
            scorer.build()
            scorer.save(path)
            experiment = Experiment().replace(run={"perceptual": str(path)})
            loss = perceptual_loss(experiment)
            self.assertEqual(loss.layer_weights, (0.125, 0.25, 1.0))
            image = np.linspace(-1, 1, 8 * 8 * 3).reshape(1, 8, 8, 3)
            image = image.astype("float32")
            self.assertEqual(float(loss(image, image)), 0)
            self.assertGreater(float(loss(image, -image)), 0)
            path.write_bytes(b"no network")
            with self.assertRaisesRegex(PartError, "Cannot read .*scorer"):
                perceptual_loss(experiment)


def _models():
    return [name for name in PRESETS if "_" not in name]
