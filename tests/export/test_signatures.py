import io
import json
import unittest

import keras
import numpy as np
import pytest
from PIL import Image

if keras.backend.backend() != "tensorflow":
    pytest.skip("exporting runs on TensorFlow", allow_module_level=True)

import tensorflow as tf

from tests import finished_run
from tests.export import label_files
from tests.export.served_model import exported

IDS = (0, 1, 2, 3)
# Tracing all signatures of a model takes ten seconds. The tests without this
# mark share one, and test_export_bare_process.py calls every signature.
exports_a_model = pytest.mark.slow


def one_level(images):
    """Images in [-1, 1] as 8-bit numbers, not rounded."""
    return (np.asarray(images, "float64") + 1) * 127.5


def decoded(files):
    return np.stack(
        [np.asarray(Image.open(io.BytesIO(file))) for file in files]
    )


class SignaturesTest(unittest.TestCase):
    def setUp(self):
        self.layouts = np.stack(
            [finished_run.layout(ids=IDS), finished_run.layout(ids=IDS[::-1])]
        )
        self.files = [label_files.grey(layout) for layout in self.layouts]

    def served(self, **options):
        synthesizer, folder = exported(**options)
        self.synthesizer = synthesizer
        self.model = tf.saved_model.load(str(folder / "1"))
        return self.model

    def call(self, signature, **inputs):
        kinds = {"seed": "int64", "style": "float32", "label_map": "int32"}
        inputs = {
            name: tf.constant(np.asarray(value, kinds.get(name)))
            if name in kinds
            else tf.constant(value, tf.string)
            for name, value in inputs.items()
        }
        (output,) = self.model.signatures[signature](**inputs).values()
        return output.numpy()

    def expected(self, seeds=(5, 6), **options):
        return np.concatenate(
            [
                self.synthesizer.synthesize(layout, seed=seed, **options)
                for layout, seed in zip(self.layouts, seeds, strict=True)
            ]
        ).astype("int32")

    def refused(self, signature, **inputs):
        """The sentence of an `InvalidArgument` error."""
        with self.assertRaises(tf.errors.InvalidArgumentError) as caught:
            self.call(signature, **inputs)
        text = caught.exception.message
        self.assertIn("assertion failed: [", text)
        return text.split("assertion failed: [")[1].split("]\n")[0]

    @exports_a_model
    def test_every_kind_of_model_offers_its_signatures(self):
        basic = ["png", "png_seeded", "seeded", "serving_default"]
        style = ["encode_style", "png_styled", "styled"]
        for options, more in (
            ({}, []),
            ({"noise": True}, []),
            ({"style": True}, style),
        ):
            model = self.served(**options)
            self.assertEqual(sorted(model.signatures), sorted(basic + more))
            for signature, function in model.signatures.items():
                if signature.startswith("png"):
                    # Or TensorFlow Serving would not answer in base64.
                    self.assertEqual(
                        list(function.structured_outputs), ["image_png_bytes"]
                    )

    @exports_a_model
    def test_seeds_give_the_images_of_keras(self):
        for name in ("noise", "style"):
            self.served(**{name: True})
            for seeds in ((5, 6), (2**40, 0)):
                images = self.call("seeded", label_map=self.layouts, seed=seeds)
                error = one_level(images) - self.expected(seeds)
                self.assertLess(np.abs(error).max(), 0.51)
                files = self.call(
                    "png_seeded", label_png=self.files, seed=seeds
                )
                error = decoded(files) - self.expected(seeds)
                self.assertLessEqual(np.abs(error).max(), 1)

    @exports_a_model
    def test_a_model_without_noise_ignores_the_seed(self):
        self.served()
        images = self.call("seeded", label_map=self.layouts, seed=[1, 2])
        np.testing.assert_array_equal(
            images, self.call("serving_default", label_map=self.layouts)
        )

    @exports_a_model
    def test_without_a_seed_every_image_is_fresh(self):
        for name in ("noise", "style"):
            self.served(**{name: True})
            same = self.layouts[:1].repeat(2, axis=0)
            first = self.call("serving_default", label_map=same)
            second = self.call("serving_default", label_map=same)
            for other in (first[1], second[0], second[1]):
                self.assertGreater(np.abs(first[0] - other).max(), 1e-3)
            # Also in the next server: no state was exported.
            reloaded = self.served(**{name: True})
            third = reloaded.signatures["serving_default"](
                label_map=tf.constant(same, tf.int32)
            )["image"]
            self.assertGreater(np.abs(first - third.numpy()).max(), 1e-3)
            self.assertNotEqual(*self.call("png", label_png=self.files[:1] * 2))

    @exports_a_model
    def test_a_style_code_sets_the_look(self):
        self.served(style=True)
        photograph = np.random.default_rng(0).integers(0, 256, (50, 77, 3))
        photograph = photograph.astype("uint8")
        for kind in ("PNG", "JPEG"):
            file = io.BytesIO()
            Image.fromarray(photograph).save(file, kind)
            style = self.call("encode_style", photograph=[file.getvalue()] * 2)
            pixels = np.asarray(Image.open(file))
            # One level of one resized pixel may be rounded the other way.
            np.testing.assert_allclose(
                style[0], self.synthesizer.encode(pixels)[0][0], atol=2e-3
            )
            images = self.call("styled", label_map=self.layouts, style=style)
            expected = keras.ops.convert_to_numpy(
                self.synthesizer.generator(self.layouts, latent=style)
            )
            error = np.abs(one_level(images) - one_level(expected))
            self.assertLessEqual(error.max(), 1)
            files = self.call("png_styled", label_png=self.files, style=style)
            error = decoded(files) - np.rint(one_level(images))
            self.assertLessEqual(np.abs(error).max(), 1)

    @exports_a_model
    def test_boundaries_between_classes_are_made(self):
        self.served(use_edge_map=True)
        files = self.call("png_seeded", label_png=self.files, seed=[0, 0])
        error = decoded(files) - self.expected((0, 0))
        self.assertLessEqual(np.abs(error).max(), 1)

    @exports_a_model
    def test_sizes_are_free_where_the_generator_allows(self):
        self.served()
        layout = finished_run.layout((64, 96), IDS)
        expected = self.synthesizer.synthesize(layout, seed=0)
        files = self.call("png", label_png=[label_files.grey(layout)])
        error = decoded(files).astype("int32") - expected
        self.assertLessEqual(np.abs(error).max(), 1)

    def test_bad_label_maps_are_refused_in_one_sentence(self):
        self.served()
        good = self.call("serving_default", label_map=self.layouts)
        for layouts, words in (
            (self.layouts + 3, "holds the id 6, but the model knows 0 to 3."),
            (self.layouts.astype("int32") - 2, "holds the id -2, but"),
            (self.layouts[0], "must have 3 axes, (batch, height, width). "),
            (self.layouts[:, :30], "multiples of 32 (height and width)"),
            (self.layouts[:, :, :0], "may have 1 to 4194304 pixels"),
            (self.layouts[:0], "is an empty batch"),
        ):
            message = self.refused("serving_default", label_map=layouts)
            self.assertIn(words, message)
        message = self.refused("seeded", label_map=self.layouts, seed=[1])
        self.assertIn("one seed or style for each", message)
        again = self.call("serving_default", label_map=self.layouts)
        np.testing.assert_array_equal(good, again)

    def test_bad_pngs_are_refused_in_one_sentence(self):
        self.served()
        small = label_files.grey(self.layouts[0, :, :32])
        huge = label_files.header(2**31 - 1, 2**31 - 1)
        for files, words in (
            ([self.files[0], b"GIF89a"], "PNG files, but element 1 is none"),
            ([b""], "PNG files, but element 0 is none"),
            ([], "is an empty batch"),
            ([label_files.grey(self.layouts[0] + 3)], "holds the id 6, but"),
            (
                [self.files[0], small],
                "element 0 has 32x64 pixels (height x width) and element 1 "
                "has 32x32",
            ),
            ([huge], "may have 1 to 4194304 pixels"),
            (
                [label_files.color(np.full((32, 64, 3), 9, "uint8"))],
                "the colour 9 9 9, which is not in the palette",
            ),
        ):
            message = self.refused("png", label_png=files)
            self.assertIn(words, message)
        # libpng finds what is wrong behind the header.
        for file in (self.files[0][:-30], self.files[0][:40]):
            with self.assertRaises(tf.errors.InvalidArgumentError):
                self.call("png", label_png=[file])
        self.assertEqual(len(self.call("png", label_png=self.files)), 2)

    @exports_a_model
    def test_bad_styles_and_photographs_are_refused_in_one_sentence(self):
        self.served(style=True)
        for style, words in (
            (np.zeros((2, 4)), "must be codes of 3 numbers. Received: 4"),
            (np.zeros(3), "must have 2 axes, (batch, style_dim)"),
            (np.zeros((1, 3)), "one seed or style for each label map"),
        ):
            message = self.refused(
                "styled", label_map=self.layouts, style=style
            )
            self.assertIn(words, message)
        message = self.refused("encode_style", photograph=[b"GIF89a"])
        self.assertIn("PNG or JPEG files, but element 0 is neither", message)
        huge = label_files.header(2**31 - 1, 2**31 - 1)
        message = self.refused("encode_style", photograph=[huge])
        self.assertIn("may have up to 4194304 pixels", message)
        message = self.refused(
            "serving_default", label_map=self.layouts[:, :, :32]
        )
        self.assertIn("must be 32x64 (height x width)", message)

    @exports_a_model
    def test_the_dataset_travels_along(self):
        model = self.served(style=True)
        path = model.dataset.asset_path.numpy().decode()
        self.assertTrue(path.endswith("/assets/dataset.json"), path)
        with open(path, encoding="utf-8") as file:
            dataset = json.load(file)
        self.assertEqual(dataset["class_names"], finished_run.NAMES)
        self.assertEqual(dataset["palette"], self.synthesizer.palette.tolist())
        for key, value in (
            ("generator", "SPADEGenerator"),
            ("image_size", [32, 64]),
            ("num_classes", 4),
            ("fixed_size", True),
            ("latent_kind", "style"),
            ("latent_size", 3),
            ("style_encoder", True),
            ("signatures", sorted(model.signatures)),
        ):
            self.assertEqual(dataset[key], value)
