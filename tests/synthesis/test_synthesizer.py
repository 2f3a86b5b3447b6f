import pathlib
import tempfile
import unittest

import keras
import numpy as np
from PIL import Image

import keras_semsynth
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files.pictures import to_uint8
from tests import finished_run
from tests import golden
from tests.data.files import write_image
from tests.files.photograph_files import exif


class SynthesizerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.generator = finished_run.write_run(cls.folder / "plain")
        finished_run.write_run(cls.folder / "style", style=True)
        finished_run.write_run(cls.folder / "edges", use_edge_map=True)
        load = keras_semsynth.Synthesizer.from_preset
        cls.plain = load(cls.folder / "plain")
        cls.style = load(cls.folder / "style")
        cls.edges = load(cls.folder / "edges" / "generator.keras")

    def test_names_palette_and_sizes_travel_along(self):
        self.assertEqual(self.plain.class_names, tuple(finished_run.NAMES))
        self.assertEqual(self.plain.palette.shape, (4, 3))

    def test_images_are_those_of_the_generator(self):
        layout = finished_run.layout()
        images = self.plain.synthesize(layout)
        self.assertEqual(images.shape, (1, 32, 64, 3))
        self.assertEqual(images.dtype, np.uint8)
        direct = keras.ops.convert_to_numpy(
            self.generator(layout[None].astype("int32"), training=False)
        )
        np.testing.assert_array_equal(images, to_uint8(direct))
        np.testing.assert_array_equal(
            self.plain.synthesize(layout, rounding="truncate"),
            to_uint8(direct, "truncate"),
        )

    def test_label_files_follow_the_rule_of_the_run(self):
        path = self.folder / "layout.png"
        raw = finished_run.layout(ids=(0, 2, 9))
        Image.fromarray(raw).save(path)
        np.testing.assert_array_equal(
            self.plain.synthesize(path),
            self.plain.synthesize(finished_run.layout(ids=(0, 2, 3))),
        )

    def test_ids_out_of_range_are_named(self):
        with self.assertRaisesRegex(ValueError, r"\[7\].*0 to 3.*sky"):
            self.plain.synthesize(np.full((32, 64), 7))
        path = self.folder / "wrong.png"
        Image.fromarray(np.full((32, 64), 7, "uint8")).save(path)
        with self.assertRaisesRegex(ValueError, "7 found in .*wrong.png"):
            self.plain.synthesize(path)

    def test_of_many_layouts_the_wrong_one_is_named(self):
        right, wrong = np.zeros((2, 32, 64), "int32")
        wrong[3, 4] = 99
        with self.assertRaises(ValueError) as caught:
            self.plain.synthesize([right, wrong])
        self.assertEqual(
            caught.exception.__notes__, ["It is `layout[1]` of 2."]
        )

    def test_images_have_the_size_of_their_layout(self):
        layout = finished_run.layout((70, 90))
        for synthesizer, made, text in (
            (self.plain, (64, 96), "96x64"),
            (self.style, (32, 64), "64x32"),
        ):
            images = synthesizer.synthesize(layout, seed=1)
            self.assertEqual(images.shape, (1, 70, 90, 3))
            self.assertEqual(
                images.notes,
                (
                    f"90x70 layout was drawn at {text} and brought back "
                    "(width x height).",
                ),
            )
            # The same picture, stretched back.
            small = synthesizer.synthesize(layout, seed=1, size="network")
            resized = resize_nearest(layout, made)
            np.testing.assert_array_equal(
                small, synthesizer.synthesize(resized, seed=1)
            )
            back = Image.fromarray(small[0]).resize((90, 70), Image.BICUBIC)
            difference = np.abs(images[0].astype(int) - np.asarray(back))
            self.assertLessEqual(difference.mean(), 1)
        images = self.style.interpolate(layout, 1, 2, 2)
        self.assertEqual(images.shape, (2, 70, 90, 3))
        self.assertEqual(len(images.notes), 1)

    def test_many_layouts_are_those_one_at_a_time(self):
        layouts = [
            finished_run.layout(size, ids)
            for size in ((32, 64), (40, 20))
            for ids in ((0, 1), (2, 1))
        ]
        for synthesizer in (self.style, self.edges):
            count = 2 if synthesizer.has_latent else 1
            several = synthesizer.synthesize(layouts, seed=4, count=count)
            self.assertEqual(len(several), 4)
            for layout, images in zip(layouts, several, strict=True):
                alone = synthesizer.synthesize(layout, seed=4, count=count)
                np.testing.assert_array_equal(images, alone)
                self.assertEqual(images.notes, alone.notes)

    def test_each_layout_may_have_its_own_style_and_instances(self):
        layout = finished_run.layout()
        photographs = [finished_run.photograph(seed=i) for i in range(2)]
        pair = self.style.synthesize(np.stack([layout] * 2), photographs)
        for images, photograph in zip(pair, photographs, strict=True):
            np.testing.assert_array_equal(
                images, self.style.synthesize(layout, photograph)
            )
        self.assertTrue((pair[0] != pair[1]).any())
        maps = [np.zeros((32, 64), int), layout]
        pair = self.edges.synthesize([layout] * 2, instances=maps)
        np.testing.assert_array_equal(pair[1], self.edges.synthesize(layout))
        self.assertTrue((pair[0] != pair[1]).any())
        with self.assertRaisesRegex(ValueError, "each layout. Received: 2 for"):
            self.style.synthesize([layout] * 3, photographs)
        self.assertEqual(self.plain.synthesize([]), [])

    @golden.slow_on_jax
    def test_a_soft_layout_of_certain_classes_is_that_of_its_ids(self):
        layout = finished_run.layout()
        soft = np.eye(4, dtype="float32")[layout]
        np.testing.assert_allclose(
            self.style.synthesize(soft, seed=1).astype(int),
            self.style.synthesize(layout, seed=1),
            atol=1,
        )
        np.testing.assert_array_equal(
            self.style.synthesize(layout.astype("float64"), seed=1),
            self.style.synthesize(layout, seed=1),
        )

    def test_a_seed_repeats_and_counts_up(self):
        layout = finished_run.layout()
        images = self.style.synthesize(layout, seed=7, count=3)
        self.assertEqual(images.shape, (3, 32, 64, 3))
        self.assertTrue((images[0] != images[1]).any())
        np.testing.assert_array_equal(
            self.style.synthesize(layout, seed=8)[0], images[1]
        )
        fresh = [self.style.synthesize(layout)[0] for _ in range(2)]
        self.assertTrue((fresh[0] != fresh[1]).any())

    def test_many_images_need_a_random_input(self):
        with self.assertRaisesRegex(ValueError, "would be equal"):
            self.plain.synthesize(finished_run.layout(), count=2)
        with self.assertRaisesRegex(ValueError, "count=0"):
            self.style.synthesize(finished_run.layout(), count=0)

    def test_a_style_image_sets_the_look(self):
        layout = finished_run.layout()
        paths = [
            write_image(self.folder / f"photo{seed}.png", (40, 50), seed)
            for seed in range(2)
        ]
        first = self.style.synthesize(layout, style=paths[0])
        second = self.style.synthesize(layout, style=paths[1])
        np.testing.assert_array_equal(
            first, self.style.synthesize(layout, style=paths[0])
        )
        self.assertTrue((first != second).any())
        array = np.asarray(Image.open(paths[0]))
        np.testing.assert_array_equal(
            first, self.style.synthesize(layout, style=array)
        )
        turned = self.folder / "turned.png"
        Image.fromarray(np.rot90(array)).save(turned, exif=exif(6))
        np.testing.assert_array_equal(
            first, self.style.synthesize(layout, style=turned)
        )
        drawn = self.style.synthesize(layout, style=paths[0], seed=1)
        self.assertTrue((first != drawn).any())

    def test_a_region_may_be_a_mask_but_not_empty(self):
        folder = self.folder / "noise"
        finished_run.write_run(folder, noise=True)
        noise = keras_semsynth.Synthesizer.from_preset(folder)
        layout = finished_run.layout()
        np.testing.assert_array_equal(
            noise.resample_region(layout, layout == 1, seed=3, count=2),
            noise.resample_region(layout, "sea", seed=3, count=2),
        )
        with self.assertRaisesRegex(ValueError, "is empty.*'sky', 'sea'"):
            noise.resample_region(layout, "unknown")
        with self.assertRaisesRegex(ValueError, "Only a generator whose noise"):
            self.style.resample_region(layout, "sky")
        with self.assertRaisesRegex(ValueError, "has none"):
            self.plain.interpolate(layout, 0, 1)

    def test_a_style_without_an_encoder_is_an_error(self):
        photo = np.zeros((8, 8, 3), "uint8")
        with self.assertRaisesRegex(ValueError, "train with one"):
            self.plain.synthesize(finished_run.layout(), style=photo)
        with self.assertRaisesRegex(ValueError, "uint8 array"):
            self.style.synthesize(finished_run.layout(), style=photo[0])

    def test_instances_default_to_the_boundaries_of_classes(self):
        layout = finished_run.layout()
        np.testing.assert_array_equal(
            self.edges.synthesize(layout),
            self.edges.synthesize(layout, instances=layout),
        )
        one = self.edges.synthesize(layout, instances=np.zeros((32, 64), int))
        self.assertTrue((one != self.edges.synthesize(layout)).any())
        with self.assertRaisesRegex(ValueError, "size of the layout"):
            self.edges.synthesize(layout, instances=layout[:16])
        with self.assertRaisesRegex(ValueError, "takes no edge map"):
            self.plain.synthesize(layout, instances=layout)

    def test_what_is_no_run_is_named(self):
        load = keras_semsynth.Synthesizer.from_preset
        with self.assertRaisesRegex(ValueError, "absent"):
            load(self.folder / "absent")
        broken = self.folder / "broken"
        broken.mkdir()
        (broken / "generator.keras").write_bytes(b"no zip")
        with self.assertRaisesRegex(ValueError, "cannot be read"):
            load(broken)
        with self.assertRaisesRegex(ValueError, "holds a StyleEncoder"):
            load(self.folder / "style" / "encoder.keras")

    def test_another_number_of_classes_is_an_error(self):
        with self.assertRaisesRegex(ValueError, "`classes`.*5 classes"):
            keras_semsynth.Synthesizer(
                self.generator, classes=keras_semsynth.data.Classes(5)
            )
