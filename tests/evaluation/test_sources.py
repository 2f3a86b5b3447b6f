import pathlib
import tempfile
import unittest

import keras
import numpy as np
import pytest
import tensorflow as tf

from keras_semsynth import Synthesizer
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.sources import FolderSource
from keras_semsynth.evaluation.sources import GeneratorSource
from keras_semsynth.evaluation.sources import SavedModelSource
from keras_semsynth.synthesis.latent_codes import sample_seed
from keras_semsynth.synthesis.latent_codes import seed_noise
from tests import finished_run
from tests.data.files import write_image
from tests.export.served_model import exported


def targets(count=3, size=(32, 64)):
    return [
        Target(f"t{i}", label_map=finished_run.layout(size, (i % 3, 1, 2)))
        for i in range(count)
    ]


def random_photograph(seed):
    random = np.random.default_rng(seed)
    return random.integers(0, 256, (32, 64, 3), dtype="uint8")


class SourcesTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        finished_run.write_run(cls.root / "noise", noise=True)
        cls.source = GeneratorSource(
            Synthesizer.from_preset(cls.root / "noise")
        )

    def test_images_depend_on_seed_and_number_not_on_the_batch(self):
        source = self.source
        together = source.images(targets(), [0, 1, 2], seed=5)
        self.assertEqual(together.shape, (3, 32, 64, 3))
        alone = source.images(targets()[2:], [2], seed=5)
        np.testing.assert_allclose(together[2:], alone, atol=1e-5)
        other = source.images(targets()[2:], [2], seed=6)
        self.assertGreater(np.abs(other - alone).max(), 1e-3)

    def test_an_own_style_is_drawn_around_the_code_of_the_photograph(self):
        path = self.root / "style"
        finished_run.write_run(path, style=True)
        synthesizer = Synthesizer.from_preset(path)
        source = GeneratorSource(synthesizer)
        batch = targets(2)
        for i, target in enumerate(batch):
            target.image = random_photograph(seed=i)
        random = source.images(batch, [0, 1], seed=5)
        source.use_own_style()
        images = source.images(batch, [0, 1], seed=5)
        self.assertGreater(np.abs(images - random).max(), 1e-3)
        ((mean, log_variance),) = synthesizer.encode(batch[1].image)
        noise = seed_noise(3, sample_seed(5, 1))
        code = mean + np.exp(log_variance / 2) * noise
        expected = synthesizer.generator(
            batch[1].label_map[None].astype("int32"), latent=code[None]
        )
        np.testing.assert_allclose(
            images[1:], keras.ops.convert_to_numpy(expected), atol=1e-5
        )

    def test_only_a_run_with_an_encoder_has_own_styles(self):
        with self.assertRaisesRegex(
            ValueError, "`style=own` needs a style enc"
        ):
            self.source.use_own_style()

    def test_layouts_of_another_size_come_back_at_their_size(self):
        images = self.source.images(targets(1, (20, 50)), [0], seed=0)
        self.assertEqual(images.shape, (1, 20, 50, 3))
        self.assertLessEqual(np.abs(images).max(), 1)

    def test_a_saved_model_maps_ids_to_images(self):
        class Grey(tf.Module):
            @tf.function(
                input_signature=[
                    tf.TensorSpec([None, None, None], "int32", "label_map"),
                    tf.TensorSpec([], "int64", "seed"),
                ]
            )
            def serve(self, label_map, seed):
                noise = tf.random.stateless_uniform([], [seed, 0])
                grey = tf.cast(label_map, "float32")[..., None] / 4 + noise
                return {"image": tf.repeat(grey - 1, 3, axis=-1)}

        module = Grey()
        path = str(self.root / "saved")
        tf.saved_model.save(
            module, path, signatures={"serving_default": module.serve}
        )
        source = SavedModelSource(path)
        with self.assertRaisesRegex(ValueError, "Received: a SavedModel"):
            source.use_own_style()
        images = source.images(targets(2), [0, 1], seed=3)
        self.assertEqual(images.shape, (2, 32, 64, 3))
        np.testing.assert_array_equal(
            images[1:], source.images(targets(2)[1:], [1], seed=3)
        )
        self.assertNotEqual(
            images[0, 0, 63, 0], source.images(targets(1), [0], 4)[0, 0, 63, 0]
        )

    @pytest.mark.slow  # exports a model
    def test_a_run_and_its_saved_model_give_the_same_images(self):
        synthesizer, folder = exported(noise=True)
        run = GeneratorSource(synthesizer)
        saved = SavedModelSource(folder / "1")
        for indices in ([0, 1], [2, 3]):
            images, expected = (
                source.images(targets(2), indices, seed=3)
                for source in (saved, run)
            )
            np.testing.assert_allclose(images, expected, atol=1e-4)

    def test_a_saved_model_of_something_else_is_refused(self):
        class Other(tf.Module):
            @tf.function(input_signature=[tf.TensorSpec([None], "float32")])
            def serve(self, x):
                return {"y": x}

        module = Other()
        path = str(self.root / "other")
        tf.saved_model.save(module, path, signatures={"f": module.serve})
        with self.assertRaisesRegex(ValueError, "no signature serving_default"):
            SavedModelSource(path)
        tf.saved_model.save(
            module, path, signatures={"serving_default": module.serve}
        )
        with self.assertRaisesRegex(ValueError, "must take one integer label"):
            SavedModelSource(path)

    def test_a_folder_of_mixed_sizes_is_refused_by_name(self):
        paths = [
            write_image(self.root / "mixed" / "a.png", (8, 12)),
            write_image(self.root / "mixed" / "b.png", (8, 16)),
        ]
        source = FolderSource(paths)
        with self.assertRaisesRegex(ValueError, r"b.png is 16x8 pixels but"):
            source.images([Target("a"), Target("b")], [0, 1], seed=0)
