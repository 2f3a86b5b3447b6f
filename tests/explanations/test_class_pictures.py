import keras
import numpy as np
from keras import ops

from keras_semsynth.discriminators import OASISDiscriminator
from keras_semsynth.explanations import class_pictures
from keras_semsynth.scorers import UNetSegmenter
from tests.explanations.vis_test_case import VisTestCase


class ClassPicturesTest(VisTestCase):
    def test_each_picture_has_what_makes_its_class(self):
        def colors(image):
            # Class c is the colour c; the fourth is none of them.
            return ops.concatenate([8 * image, 0 * image[..., :1]], axis=-1)

        images, sure = class_pictures(colors, range(3), (8, 8), steps=40)
        self.assertEqual(images.shape, (3, 8, 8, 3))
        for c, image in enumerate(images):
            self.assertEqual(image.mean((0, 1)).argmax(), c)
            self.assertGreater(sure[c], 0.9)

    def test_networks_of_this_package_can_be_asked(self):
        discriminator = OASISDiscriminator(
            3, encoder_filters=(4, 4), last_filters=4
        )
        scorer = UNetSegmenter(3, filters=4, depth=2)
        for network in (
            lambda image: discriminator(image, training=False)["logits"],
            scorer,
        ):
            before = [w.numpy() for w in scorer.weights]
            images, sure = class_pictures(network, [0, 2], (16, 12), steps=2)
            self.assertEqual(images.shape, (2, 16, 12, 3))
            self.assertTrue(np.isfinite(images).all())
            self.assertLessEqual(np.abs(images).max(), 1.0)
            self.assertEqual(len(sure), 2)
            again, _ = class_pictures(network, [0, 2], (16, 12), steps=2)
            np.testing.assert_array_equal(images, again)
            for weight, old in zip(scorer.weights, before, strict=False):
                np.testing.assert_array_equal(weight.numpy(), old)
        self.assertTrue(keras.backend.is_float_dtype(images.dtype))
