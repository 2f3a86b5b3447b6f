import io
import json
import pathlib
import tempfile
import unittest
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth import Synthesizer
from keras_semsynth import backend
from keras_semsynth.client.errors import RefusedError
from keras_semsynth.client.errors import WrongModelError
from keras_semsynth.data import Classes
from keras_semsynth.data.landscapes import CLASSES
from keras_semsynth.encoders import RegionStyleEncoder
from keras_semsynth.files.images import ImageError
from keras_semsynth.generators import INADEGenerator
from keras_semsynth.page import local_model
from keras_semsynth.page.layouts import read_dataset
from keras_semsynth.page.local_model import LocalModel
from keras_semsynth.page.local_model import example_layouts
from keras_semsynth.page.served_model import ServedModel
from tests import finished_run
from tests.files.photograph_files import exif
from tests.files.photograph_files import saved
from tests.files.photograph_files import scene


def jpeg(photograph):
    buffer = io.BytesIO()
    Image.fromarray(photograph).save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def photograph_bytes():
    random = np.random.default_rng(3)
    return jpeg(random.integers(0, 255, (40, 30, 3)).astype("uint8"))


class LocalModelTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.path = pathlib.Path(folder.name)
        finished_run.write_run(cls.path, style=True, use_edge_map=True)
        cls.model = LocalModel.load(cls.path)

    def test_pictures_are_those_of_the_synthesizer(self):
        layouts = [finished_run.layout(), finished_run.layout()[:, ::-1]]
        code = np.array([0.5, -1.0, 2.0], "float32")
        images = self.model.images(
            layouts * 2, [3, 4, 5, 5], [None] * 3 + [code], [{}] * 4
        )
        synthesizer = Synthesizer.from_preset(self.path)
        for i, seed in enumerate((3, 4, 5)):
            expected = synthesizer.synthesize(layouts[i % 2], seed=seed)[0]
            np.testing.assert_array_equal(images[i], expected)
        self.assertTrue((images[3] != images[1]).any())

    def test_an_image_has_the_size_of_its_layout(self):
        layouts = [finished_run.layout(size) for size in ((40, 70), (32, 64))]
        images = self.model.images(layouts, [1, 2], [None, None], [{}] * 2)
        self.assertEqual([x.shape for x in images], [(40, 70, 3), (32, 64, 3)])

    def test_a_photograph_becomes_the_mean_code_of_the_encoder(self):
        data = photograph_bytes()
        code = self.model.style_code(data, 10_000)
        self.assertEqual(code.shape, (3,))
        image = self.model.images([finished_run.layout()], [0], [code], [{}])[0]
        photograph = np.asarray(Image.open(io.BytesIO(data)))
        expected = self.model.synthesizer.synthesize(
            finished_run.layout(), style=photograph
        )[0]
        np.testing.assert_array_equal(image, expected)
        with self.assertRaises(ImageError):
            self.model.style_code(data, 1000)
        upright = self.model.style_code(saved(scene(), "PNG"), 10_000)
        side = saved(np.rot90(scene(), 1), "PNG", exif=exif(6))
        np.testing.assert_array_equal(
            self.model.style_code(side, 10_000), upright
        )

    def test_what_the_page_needs_is_known(self):
        model = self.model
        self.assertEqual(model.image_size, (32, 64))
        self.assertTrue(model.has_seed and model.has_style)
        self.assertEqual(model.style_dim, 3)
        self.assertEqual(model.classes.file_values(), [0, 1, 2, 9])
        self.assertEqual(model.dataset_name, "folder")
        self.assertIsNone(model.examples)
        model.warm_up()

    def test_landscapes_have_examples(self):
        examples = example_layouts(Classes(CLASSES.names), (16, 24))
        self.assertEqual(examples(3).shape, (16, 24))
        self.assertTrue((examples(3) != examples(4)).any())
        np.testing.assert_array_equal(examples(3), examples(203))


class ClassLooksTest(unittest.TestCase):
    def test_classes_have_the_looks_of_seeds_and_photographs(self):
        generator = INADEGenerator(3, (32, 64), 2, noise_dim=3)
        encoder = RegionStyleEncoder(
            3, 2, style_dim=3, spectral=False, initializer="xavier_uniform"
        )
        generator.build()
        encoder.build()
        synthesizer = Synthesizer(generator, encoder, Classes(("a", "b", "c")))
        model = LocalModel(synthesizer)
        self.assertTrue(model.has_class_looks and model.has_class_styles)
        layout = np.arange(32 * 64, dtype="int32").reshape(32, 64) // 700
        data = photograph_bytes()
        photograph = np.asarray(Image.open(io.BytesIO(data)))
        looks = {0: 5, 2: model.style_code(data, 10_000)}
        (image,) = model.images([layout], [7], [None], [looks])
        (expected,) = synthesizer.synthesize(
            layout, style={"a": 5, "c": photograph}, seed=7
        )
        np.testing.assert_array_equal(image, expected)


class CompiledSizesTest(unittest.TestCase):
    def test_ever_new_sizes_do_not_fill_the_memory(self):
        synthesizer = mock.Mock()
        synthesizer.generator.image_size = (4, 4)
        synthesizer.layout = lambda ids: mock.Mock(network_size=ids.shape)
        first = synthesizer.renderer
        model = LocalModel(synthesizer)

        def paint(height):
            renderer = synthesizer.renderer
            renderer.render.return_value = [np.zeros((4, 4, 3), "float32")]
            model.images([np.zeros((height, 4), "int32")], [3], [None], [{}])
            return synthesizer.renderer

        with (
            mock.patch.object(backend, "COMPILES_EVERY_SIZE", True),
            mock.patch.object(local_model, "MOST_SIZES", 2),
            mock.patch.object(local_model, "Renderer") as made,
        ):
            made.return_value.render.return_value = [np.zeros((4, 4, 3))]
            for height in (32, 64, 32, 64):
                self.assertIs(paint(height), first)
            for height in (96, 32, 96):
                self.assertIs(paint(height), made.return_value)
            made.assert_called_once_with(synthesizer.generator, compile_after=0)


class ServedModelTest(unittest.TestCase):
    def setUp(self):
        self.client = mock.Mock()
        self.client.address.model = "shore"
        self.client.address.server = "host:8501"
        self.client.synthesize.side_effect = lambda layout, **_: np.zeros(
            (*layout.shape, 3), "uint8"
        )
        self.description = {
            "class_names": ["sky", "sea"],
            "num_classes": 2,
            "image_size": [32, 64],
            "fixed_size": False,
            "size_multiple": 16,
            "latent_kind": "style",
            "latent_size": 3,
            "style_encoder": True,
        }

    def make(self, **changes):
        return ServedModel(self.client, {**self.description, **changes})

    def test_layouts_go_to_the_client_with_seed_or_style(self):
        model = self.make()
        code = np.ones(3, "float32")
        layout = np.ones((30, 70), "int32")
        images = model.images([layout] * 2, [5, 6], [None, code], [{}] * 2)
        self.assertEqual([x.shape for x in images], [(32, 64, 3)] * 2)
        seeded, styled = self.client.synthesize.call_args_list
        self.assertEqual(seeded.kwargs, {"seed": 5})
        self.assertEqual(list(styled.kwargs), ["style"])
        model = self.make(fixed_size=True)
        images = model.images([layout], [5], [None], [{}])
        self.assertEqual([x.shape for x in images], [(32, 64, 3)])

    def test_a_model_with_codes_of_classes_gives_all_of_them_one_style(self):
        model = self.make(latent_by_class=True)
        self.client.encode_style.return_value = np.ones((2, 3), "float32")
        code = model.style_code(photograph_bytes(), 10_000)
        self.assertEqual(code.shape, (3,))
        model.images([np.ones((32, 64), "int32")], [5], [code], [{}])
        sent = self.client.synthesize.call_args.kwargs["style"]
        self.assertEqual(sent.shape, (2, 3))
        self.assertFalse(model.has_class_looks)

    def test_a_photograph_is_checked_before_it_is_sent_on(self):
        self.client.encode_style.return_value = np.zeros(3, "float32")
        data = photograph_bytes()
        self.make().style_code(data, 10_000)
        self.client.encode_style.assert_called_once_with(data)
        turned = saved(scene(), "PNG", exif=exif(6))
        self.make().style_code(turned, 10_000)
        sent = self.client.encode_style.call_args.args[0]
        with Image.open(io.BytesIO(sent)) as image:
            np.testing.assert_array_equal(
                np.asarray(image), np.rot90(scene(), -1)
            )
        with self.assertRaises(ImageError):
            self.make().style_code(b"nothing", 10_000)

    def test_another_model_is_noticed_at_the_start(self):
        self.make().warm_up()
        layout = self.client.synthesize.call_args.args[0]
        self.assertEqual(np.unique(layout).tolist(), [1])
        self.client.synthesize.side_effect = RefusedError("id 1 is unknown")
        with self.assertRaisesRegex(WrongModelError, "exported folder"):
            self.make().warm_up()

    def test_descriptions_are_found_in_exported_models_and_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            for version in ("2", "10"):
                assets = folder / "served" / version / "assets"
                assets.mkdir(parents=True)
                classes = Classes(("sky", "sea")).to_json()
                described = {**classes, **self.description, "name": version}
                text = json.dumps(described)
                (assets / "dataset.json").write_text(text)
            for path, name in (("served", "10"), ("served/2", "2")):
                model = ServedModel.load(folder / path, self.client)
                self.assertEqual(model.dataset_name, name)
            self.assertEqual(read_dataset(folder / "absent"), {})
            finished_run.write_run(folder / "run", noise=True)
            model = ServedModel.load(folder / "run", self.client)
            self.assertEqual(model.classes.names[0], "sky")
            self.assertEqual(model.size_multiple, 32)
            self.assertTrue(model.has_seed)
            self.assertFalse(model.has_style)
