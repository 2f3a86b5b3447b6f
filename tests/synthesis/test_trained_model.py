"""Trained models in folders of their own: what is saved is what was made."""

import json
import pathlib
import tempfile

import keras
import numpy as np

import keras_semsynth
from keras_semsynth import Synthesizer
from keras_semsynth.data import Classes
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.export import export_run
from keras_semsynth.gans import SPADE
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.page.server import load_model
from keras_semsynth.synthesis import generate_folder
from tests import finished_run
from tests import new_process
from tests.semsynth_test_case import SemsynthTestCase

LOAD = """
import sys
import numpy as np
import keras_semsynth
synthesizer = keras_semsynth.Synthesizer.from_preset(sys.argv[1])
layout = np.arange(32 * 64).reshape(32, 64) // 512
picture = synthesizer.synthesize(layout, seed=3)[0]
print(*synthesizer.class_names, picture.sum(dtype="int64"))
"""
NAMES = ("sky", "sea", "sand", "rock")
LAYOUT = np.arange(32 * 64).reshape(32, 64) // 512
ACCOUNT = {
    "steps": 1200,
    "images_seen": 4800,
    "epochs": 3.0,
    "epochs_planned": 4,
    "seconds": 3725.2,
    "devices": "1 replica on one CPU",
    "perceptual": {"file": "vgg19.h5"},
    "discriminator_features": None,
}


def trained_gan(num_classes=4):
    keras.utils.set_random_seed(0)
    gan = SPADE(
        generator=SPADEGenerator(
            num_classes,
            (32, 64),
            filters=2,
            hidden_filters=2,
            initializer_gain=1.0,
        ),
        discriminator=MultiScalePatchDiscriminator(
            num_classes, filters=2, num_scales=1, num_layers=2
        ),
        ema_decay=0.5,
    )
    gan.compile()
    rng = np.random.default_rng(0)
    label_map = np.broadcast_to(LAYOUT, (2, 32, 64)).astype("int32")
    image = rng.uniform(-1, 1, (2, 32, 64, 3)).astype("float32")
    gan.fit(label_map, image, batch_size=2, verbose=0, shuffle=False)
    return gan


class SavedModelTest(SemsynthTestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write_run(self, **options):
        folder = self.folder / "run"
        finished_run.write_run(folder, **options)
        return folder

    def test_a_gan_that_fit_has_trained_goes_wherever_a_run_goes(self):
        gan = trained_gan()
        synthesizer = Synthesizer.from_gan(gan, NAMES)
        self.assertIs(synthesizer.generator, gan.ema_generator)
        place = self.folder / "mine"
        synthesizer.save(place)
        picture = synthesizer.synthesize(LAYOUT, seed=3)[0]
        # In a new process.
        said = new_process.run(LOAD, str(place)).split()
        self.assertEqual(said[:4], list(NAMES))
        self.assertEqual(int(said[4]), picture.sum(dtype="int64"))
        # By the functions behind the commands `generate`, `serve`, `export`.
        labels = self.folder / "labels"
        labels.mkdir()
        keras.utils.save_img(labels / "a.png", LAYOUT[..., None], scale=False)
        generate_folder(str(place), str(labels), str(self.folder / "images"))
        self.assertTrue((self.folder / "images" / "a.png").is_file())
        model = load_model(place)
        self.assertEqual(model.classes.names, NAMES)
        (shown,) = model.images([LAYOUT.astype("int32")], [3], [None], [{}])
        difference = shown.astype("int32") - picture.astype("int32")
        self.assertLessEqual(np.abs(difference).max(), 1)
        if keras.backend.backend() == "tensorflow":
            served = export_run(place, self.folder / "served")
            self.assertTrue((served / "saved_model.pb").is_file())

    def test_the_classes_of_a_dataset_are_given_by_its_name(self):
        with self.assertRaisesRegex(ValueError, "the 4 classes"):
            Synthesizer.from_gan(trained_gan(), "landscapes")
        synthesizer = Synthesizer.from_gan(trained_gan(10), "landscapes")
        self.assertEqual(synthesizer.class_names[0], "sky")
        synthesizer.save(self.folder / "mine")
        card = (self.folder / "mine" / "README.md").read_text()
        self.assertIn("- **Data**: landscapes. Landscapes are made by", card)

    def test_all_that_belongs_to_a_run_is_saved(self):
        run = self.write_run(style=True)
        synthesizer = Synthesizer.from_preset(run)
        place = self.folder / "deep" / "mine"
        synthesizer.save(place)
        again = Synthesizer.from_preset(place)
        self.assertEqual(again.classes, synthesizer.classes)
        self.assertEqual(
            json.loads((place / "dataset.json").read_text())["image_size"],
            [32, 64],
        )
        photograph = finished_run.photograph()
        for name, model in (("run", synthesizer), ("saved", again)):
            with self.subTest(name):
                pictures = model.synthesize(
                    finished_run.layout(), style=photograph, seed=1
                )
                first = synthesizer.synthesize(
                    finished_run.layout(), style=photograph, seed=1
                )
                np.testing.assert_array_equal(pictures, first)

    def test_a_translation_stays_one(self):
        run = self.folder / "run"
        finished_run.write_translation_run(run)
        Synthesizer.from_preset(run).save(self.folder / "mine")
        again = Synthesizer.from_preset(self.folder / "mine")
        self.assertTrue(again.translates)
        card = (self.folder / "mine" / "README.md").read_text()
        self.assertIn("synthesizer.translate(", card)

    def test_nothing_of_the_user_is_lost(self):
        run = self.write_run()
        synthesizer = Synthesizer.from_preset(run)
        place = self.folder / "mine"
        place.mkdir()
        synthesizer.save(place)  # an empty folder will do
        before = (place / "generator.keras").read_bytes()
        with self.assertRaisesRegex(ValueError, "holds a model already"):
            synthesizer.save(place)
        self.assertEqual((place / "generator.keras").read_bytes(), before)
        (place / "encoder.keras").write_text("of a model of before")
        synthesizer.save(place, overwrite=True)
        self.assertFalse((place / "encoder.keras").exists())
        (place / "notes.txt").write_text("mine")
        for overwrite in (False, True):
            with self.assertRaisesRegex(ValueError, "such as notes.txt"):
                synthesizer.save(place, overwrite=overwrite)
        (self.folder / "file").write_text("mine")
        with self.assertRaisesRegex(ValueError, "is a file: give a folder"):
            synthesizer.save(self.folder / "file", overwrite=True)


class ModelCardTest(SemsynthTestCase):
    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.run = pathlib.Path(folder.name) / "run"
        finished_run.write_run(self.run)
        experiment = keras_semsynth.experiments.Experiment.from_preset(
            "spade_ade20k_256"
        ).replace(
            data={"data_dir": "/home/somebody/ade20k"},
            generator={"filters": 2},
            discriminator=(
                "projected",
                {"features": "/home/somebody/lite0.pth"},
            ),
        )
        experiment.save(self.run)
        content = json.loads((self.run / "dataset.json").read_text())
        content |= {
            "name": "ade20k",
            "paired": True,
            "use_edge_map": False,
            "train_images": 20210,
        }
        (self.run / "dataset.json").write_text(json.dumps(content))
        (self.run / "report.json").write_text(json.dumps(ACCOUNT))
        scores = self.run / "evaluation" / "spade"
        scores.mkdir(parents=True)
        (scores / "report.md").write_text(
            "# Scores of /home/somebody/run\n\n| fid | 49.5 |\n\n## Ruler\n"
        )
        self.synthesizer = Synthesizer.from_preset(self.run)

    def test_it_says_what_a_stranger_asks(self):
        card = self.synthesizer.card("hf://user/mine", "CC-BY-NC-4.0")
        for said in (
            "library_name: keras",
            "license: cc-by-nc-4.0",
            "# Model card: hf://user/mine",
            "`SPADEGenerator` of keras_semsynth",
            "layouts of 4 classes",
            "pictures of 32x64",
            "ade20k, 20,210 training images.",
            "Its own terms apply.",
            "Preset `spade_ade20k_256`.",
            "`generator.filters=2`",
            "`discriminator.features=lite0.pth`",
            "1,200 steps, 4,800 images, 3 of 4 epochs, in 1:02:05",
            "the features of vgg19.h5",
            "- **Licence**: CC-BY-NC-4.0.",
            'from_preset("hf://user/mine")',
            "| fid | 49.5 |",
            "### Ruler",
        ):
            self.assertIn(said, card)

    def test_it_names_nobodys_folders(self):
        self.assertNotIn("somebody", self.synthesizer.card("mine"))

    def test_its_numbers_are_those_of_the_generator(self):
        count = self.synthesizer.generator.count_params()
        self.assertIn(f"{count:,} numbers", self.synthesizer.card("mine"))

    def test_without_a_licence_none_is_invented(self):
        card = self.synthesizer.card("mine")
        self.assertIn("- **Licence**: not stated.", card)
        self.assertNotIn("license:", card)

    def test_a_card_stays_under_another_name(self):
        place = self.run.parent / "mine"
        self.synthesizer.save(place, licence="mit")
        model = Synthesizer.from_preset(place)
        first = (place / "README.md").read_text()
        self.assertEqual(model.card("mine"), first)
        other = model.card("hf://user/name", "Apache-2.0")
        self.assertEqual(
            other,
            first.replace('"mine"', '"hf://user/name"')
            .replace("card: mine", "card: hf://user/name")
            .replace("license: mit", "license: apache-2.0")
            .replace("**: mit.", "**: Apache-2.0."),
        )

    def test_a_run_without_an_account_has_a_card(self):
        for name in ("experiment.json", "report.json", "dataset.json"):
            (self.run / name).unlink()
        (self.run / "evaluation" / "spade" / "report.md").unlink()
        card = Synthesizer.from_preset(self.run).card("mine")
        self.assertIn("- **Data**: not recorded.", card)
        self.assertIn("- **Training**: not recorded.", card)
        self.assertIn("None were measured", card)

    def test_numbered_classes_are_the_default(self):
        (self.run / "dataset.json").unlink()
        model = Synthesizer.from_preset(self.run)
        self.assertEqual(model.classes, Classes(4))
