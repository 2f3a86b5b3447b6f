import keras
import numpy as np

from keras_semsynth.discriminators import ImagePatchDiscriminator
from keras_semsynth.discriminators import MultiScalePatchDiscriminator
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.gans import SPADE
from keras_semsynth.gans import UnpairedSCGAN
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.training.trainer import generate_samples
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


def samples(gan, inputs):
    gan.build()
    renderer = Renderer(gan.inference_generator, batch_size=1)
    return generate_samples(renderer, gan, inputs)


class GenerateSamplesTest(SemsynthTestCase):
    def test_image_i_has_the_seed_i_and_ids_stay_whole_in_half_precision(self):
        keras.config.set_dtype_policy("mixed_bfloat16")
        gan = SPADE(
            SPADEGenerator(
                300, (32, 32), filters=2, hidden_filters=2, style_dim=3
            ),
            MultiScalePatchDiscriminator(300, filters=2),
        )
        label_map = random_label_map((2, 32, 32), 300)
        found = samples(gan, {"label_map": label_map})
        self.assertEqual(found.dtype, np.float32)
        if keras.backend.backend() != "tensorflow":
            return  # What other backends draw with a seed is not the same.
        for i in range(2):
            one = gan.call({"label_map": label_map[i : i + 1]}, seed=i)
            self.assert_close(found[i : i + 1], one, 1e-6)

    def test_a_translation_shows_what_it_makes_of_each_source(self):
        gan = UnpairedSCGAN(
            SCGANGenerator(
                3,
                (16, 24),
                filters=2,
                start_filters=2,
                vector_filters=2,
                upsampling="fewer",
                style_dim=3,
            ),
            ImagePatchDiscriminator(filters=2),
            encoder=StyleEncoder(filters=2, style_dim=3),
        )
        inputs = {
            name: np.tanh(random((2, 16, 24, 3), seed))
            for seed, name in enumerate(("label_map", "source"))
        }
        self.assert_close(samples(gan, inputs), gan.call(inputs), 1e-5)
