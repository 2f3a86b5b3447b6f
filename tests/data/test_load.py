import subprocess
import sys
import unittest

from keras_semsynth import data


class LoadTest(unittest.TestCase):
    def test_a_load_size_without_effect_is_refused(self):
        with self.assertRaisesRegex(
            ValueError, "`load_size` has no effect with `preprocess_mode=fixed`"
        ):
            data.make_preprocessing(
                "folder", True, (32, 32), load_size=36, preprocess_mode="fixed"
            )

    def test_landscapes_come_ready_for_fit(self):
        batches = data.load("landscapes", batch_size=4, count=9)
        self.assertEqual(int(batches.cardinality()), 2)
        x, y = next(iter(batches))
        self.assertEqual(x["label_map"].shape, (4, 64, 64))
        self.assertEqual(y.shape, (4, 64, 64, 3))
        batches = data.load(
            "landscapes",
            split="val",
            batch_size=4,
            count=9,
            image_size=(32, 48),
        )
        self.assertEqual(int(batches.cardinality()), 3)
        self.assertEqual(next(iter(batches))[1].shape, (4, 32, 48, 3))

    def test_defaults_are_those_of_the_papers(self):
        for name, size in (
            ("ade20k", (256, 256)),
            ("coco_stuff", (256, 256)),
            ("cityscapes", (256, 512)),
            ("facades", (256, 256)),
        ):
            for training in (True, False):
                preprocessing = data.make_preprocessing(name, training)
                self.assertEqual(preprocessing.image_size, size)
                if name != "cityscapes":
                    load_size = 286 if training else 256
                    self.assertEqual(preprocessing.load_size, load_size)

    def test_another_size_keeps_the_margin_of_the_crop(self):
        preprocessing = data.make_preprocessing("ade20k", True, (128, 64))
        self.assertEqual(preprocessing.load_size, (143, 72))
        self.assertEqual(preprocessing.crop_size, (128, 64))
        preprocessing = data.make_preprocessing(
            "folder",
            True,
            (64, 128),
            preprocess_mode="scale_width_and_crop",
        )
        self.assertEqual(preprocessing.load_size, 143)

    def test_a_split_that_is_not_there_is_said(self):
        with self.assertRaisesRegex(ValueError, "no val split.*`val_image_dir"):
            data.load("folder", split="val", num_classes=2)

    def test_importing_data_defines_no_flags_and_loads_no_tensorflow(self):
        # Keras itself imports TensorFlow, so only our modules are executed.
        program = (
            "import sys, types, pathlib\n"
            "root = types.ModuleType('keras_semsynth')\n"
            "root.__path__ = ['keras_semsynth']\n"
            "sys.modules['keras_semsynth'] = root\n"
            "import keras_semsynth.data\n"
            "keras_semsynth.data.describe('landscapes').read(0)\n"
            "assert 'tensorflow' not in sys.modules\n"
            "assert 'absl.flags' not in sys.modules\n"
        )
        subprocess.run([sys.executable, "-c", program], check=True)
