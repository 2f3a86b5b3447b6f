import pathlib
import tempfile
from unittest import mock

import keras
import pytest

from keras_semsynth.discriminators import ImagePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import CRN
from keras_semsynth.gans import UnpairedSCGAN
from keras_semsynth.generators import CRNGenerator
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.layers.edge_map import edge_map_in_graph
from tests.export.small_generators import SIZE
from tests.export.small_generators import family
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

on_tensorflow = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="TensorFlow's own format"
)


def crn():
    return CRNGenerator(4, SIZE, filters=4, num_modules=4, num_images=3)


def scgan(**arguments):
    return SCGANGenerator(
        3, SIZE, filters=2, start_filters=2, vector_filters=2, **arguments
    )


class ExportedGeneratorTest(SemsynthTestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def exported(self, generator, **arguments):
        """A generator as TensorFlow alone reads what it has exported."""
        import tensorflow as tf

        path = self.folder / "served" / "1"
        generator.export(path, verbose=False, **arguments)
        return tf.saved_model.load(str(path))

    @on_tensorflow
    def test_a_loaded_generator_is_exported_without_being_called(self):
        generator = crn()
        generator.build()
        generator.save(self.folder / "generator.keras")
        generator = keras.models.load_model(self.folder / "generator.keras")
        model = self.exported(generator)
        inputs = model.signatures["serving_default"].structured_input_signature
        self.assertEqual(list(inputs[1]), ["label_map"])
        label_map = random_label_map((2, 64, 48), 4)
        # Drawn from the state that the generator had.
        self.assert_close(model.serve(label_map), generator(label_map), 1e-6)

    @on_tensorflow
    @pytest.mark.slow  # traces every generator of the family
    def test_every_generator_gives_the_images_of_keras(self):
        for generator in family():
            with self.subTest(type(generator).__name__):
                model = self.exported(generator)
                label_map = random_label_map((2, *SIZE), 4)
                edge_map = None
                if generator.use_edge_map:
                    edge_map = edge_map_in_graph(label_map)
                expected = generator(label_map, edge_map=edge_map)
                self.assert_close(model.serve(label_map), expected, 1e-6)

    @on_tensorflow
    @pytest.mark.slow
    def test_a_signature_may_fix_the_size_and_take_the_latent(self):
        generator, latent = crn(), random((2, 3))
        specs = [
            keras.InputSpec("int32", (2, *SIZE), name="label_map"),
            keras.InputSpec("float32", (2, 3), name="noise"),
        ]
        model = self.exported(generator, input_signature=specs)
        label_map = random_label_map((2, *SIZE), 4)
        self.assert_close(
            model.serve(label_map, latent),
            generator(label_map, latent=latent),
            1e-6,
        )

    @on_tensorflow
    @pytest.mark.slow
    def test_a_translation_takes_the_image_it_starts_from(self):
        generator = scgan(start="image")
        model = self.exported(generator)
        reference, source = (random((1, *SIZE, 3), seed) for seed in (1, 2))
        self.assert_close(
            model.serve(reference, source),
            generator(reference, source=source),
            1e-6,
        )

    def test_a_gan_exports_its_average(self):
        gan = CRN(crn(), ema_decay=0.9)
        with mock.patch.object(CRNGenerator, "export", autospec=True) as export:
            gan.export("served/1", verbose=False)
        export.assert_called_once_with(
            gan.ema_generator, "served/1", verbose=False
        )

    def test_a_translation_with_an_encoder_says_what_exports_it(self):
        gan = UnpairedSCGAN(
            scgan(style_dim=3),
            ImagePatchDiscriminator(filters=2),
            StyleEncoder(filters=2, style_dim=3),
        )
        with self.assertRaisesRegex(ValueError, "export_saved_model"):
            gan.export(self.folder / "1")
