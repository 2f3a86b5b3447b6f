import numpy as np
from keras import ops

from keras_semsynth.scorers import SegmentationScorer
from keras_semsynth.scorers.segmentation_scorer import check_input_size
from keras_semsynth.scorers.segmentation_scorer import to_pixels
from tests.scorers.random_weights import image
from tests.semsynth_test_case import SemsynthTestCase


class Brightest(SegmentationScorer):
    """Says which colour of a pixel is brightest."""

    def build(self, input_shape=None):
        self.sizes = []
        self.built = True

    def call(self, image):
        return image

    def class_scores(self, pixels, size):
        self.sizes.append((pixels.dtype, len(pixels), size))
        return ops.convert_to_tensor(self.logits(pixels))


class SegmentationScorerTest(SemsynthTestCase):
    def scorer(self):
        scorer = Brightest(3)
        scorer.build()
        return scorer

    def test_it_gives_the_class_of_the_largest_score(self):
        pixels = image((5, 7), batch=3)
        actual = self.scorer().segment(pixels)
        self.assertEqual(actual.dtype, np.int32)
        np.testing.assert_array_equal(actual, pixels.argmax(-1))

    def test_batches_have_one_size_and_lose_no_image(self):
        pixels = image((5, 7), batch=5)
        scorer = self.scorer()
        actual = scorer.segment(pixels, batch_size=2)
        np.testing.assert_array_equal(actual, pixels.argmax(-1))
        self.assertEqual([count for _, count, _ in scorer.sizes], [2, 2, 2])

    def test_a_batch_is_no_larger_than_the_images(self):
        scorer = self.scorer()
        scorer.segment(image((5, 7), batch=2))
        self.assertEqual(scorer.sizes, [(np.uint8, 2, (5, 7))])

    def test_float_images_are_brought_to_0_to_255_unrounded(self):
        x = np.array([-1, -0.5, 0.301], "float32").reshape(1, 1, 1, 3)
        expected = np.float64([0, 63.75, 165.8775])
        self.assert_close(to_pixels(x)[0, 0, 0], expected, 1e-6)

    def test_scores_are_float32_under_any_policy(self):
        import keras

        keras.config.set_dtype_policy("mixed_bfloat16")
        self.assertEqual(Brightest(3).compute_dtype, "float32")

    def test_it_describes_itself(self):
        self.assertEqual(
            self.scorer().describe(), {"network": "Brightest", "num_classes": 3}
        )

    def test_wrong_arguments_are_errors(self):
        scorer = self.scorer()
        with self.assertRaisesRegex(ValueError, "`size` must be"):
            scorer.segment(image(), size=(3, 0))
        with self.assertRaisesRegex(ValueError, "batch_size=0"):
            scorer.segment(image(), batch_size=0)
        with self.assertRaisesRegex(ValueError, "height, width, 3"):
            scorer.segment(image()[0])
        with self.assertRaisesRegex(ValueError, "finite"):
            scorer.segment(np.full((1, 4, 4, 3), np.nan))
        with self.assertRaisesRegex(ValueError, "num_classes=0"):
            Brightest(0)
        with self.assertRaisesRegex(ValueError, "input_size=\\(8, 32\\)"):
            check_input_size((8, 32))
        self.assertEqual(check_input_size((16, 32)), [16, 32])
        self.assertIsNone(check_input_size(None))
