import numpy as np
from keras import ops

from keras_semsynth.losses import ContentLoss
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import gradients
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

CLASSES, IMAGES = 3, 4
STRIDES = (1, 2, 4)
WIDTHS = (3, 5, 2)


def features(batch=2, size=(8, 12)):
    """Features of `IMAGES` images and of a photograph, and a label map."""
    height, width = size
    shapes = [
        (height // s, width // s, c)
        for s, c in zip(STRIDES, WIDTHS, strict=True)
    ]
    fake = [
        random((batch, IMAGES, *shape), seed=i)
        for i, shape in enumerate(shapes)
    ]
    real = [
        random((batch, *shape), seed=9 + i) for i, shape in enumerate(shapes)
    ]
    return fake, real, random_label_map((batch, *size), CLASSES)


def transcription(fake, real, label_map, weights):
    """Both minima as the paper writes them, in loops; masks by averaging."""
    masks = one_hot_map(label_map, CLASSES).astype("float64")
    whole, by_class = [], []
    for b in range(len(label_map)):
        distances = np.zeros(IMAGES)
        within = np.zeros((CLASSES, IMAGES))
        for i, stride in enumerate(STRIDES):
            height, width, channels = real[i][b].shape
            for u in range(IMAGES):
                difference = np.abs(real[i][b] - fake[i][b, u])
                scale = weights[i] / (height * width * channels)
                distances[u] += scale * difference.sum()
                for p in range(CLASSES):
                    mask = masks[b, :, :, p]
                    mask = mask.reshape(height, stride, width, stride)
                    mask = mask.mean((1, 3))[..., None]
                    within[p, u] += scale * (mask * difference).sum()
        whole.append(distances.min())
        by_class.append(sum(within[p].min() for p in range(CLASSES)))
    return np.mean(whole), np.mean(by_class)


class ContentLossTest(SemsynthTestCase):
    def loss(self, weights=(0.5, 2.0, 3.0)):
        loss = ContentLoss(CLASSES, STRIDES)
        loss.build()
        loss.layer_weights.assign(weights)
        return loss

    def test_both_minima_agree_with_a_transcription(self):
        inputs = features()
        found = self.loss()(*inputs)
        expected = transcription(*inputs, (0.5, 2.0, 3.0))
        for value, number in zip(found, expected, strict=True):
            self.assertAlmostEqual(float(value), number, places=5)
        self.assertLess(expected[1], expected[0])

    def test_one_image_has_the_same_distance_by_class_and_as_a_whole(self):
        fake, real, label_map = features()
        fake = [x[:, :1] for x in fake]
        whole, by_class = self.loss()(fake, real, label_map)
        self.assertAlmostEqual(float(whole), float(by_class), places=5)

    def test_every_class_takes_the_image_that_is_nearest_there(self):
        # Image p shows class p as it is, and all else far away.
        label_map = np.repeat(np.arange(3), 2)[None, :, None]
        label_map = np.broadcast_to(label_map, (1, 6, 4)).astype("int32")
        real = [np.zeros((1, 6, 4, 3), "float32")]
        shown = one_hot_map(label_map, 3)[0].transpose(2, 0, 1)
        fake = [np.float32(1.0 - shown[None, ..., None]) * np.ones(3, "f4")]
        loss = ContentLoss(3, (1,))
        whole, by_class = loss(fake, real, label_map)
        self.assertAlmostEqual(float(whole), 2 / 3, places=6)
        self.assertEqual(float(by_class), 0.0)

        def function(x):
            return loss([x], real, label_map)[1]

        fake = [x + 0.25 for x in fake]
        (gradient,) = gradients(function, fake)
        touched = np.abs(gradient[0]).sum(-1) > 0
        np.testing.assert_array_equal(touched, shown.astype(bool))

    def test_layers_contribute_alike_once_they_are_rescaled(self):
        fake, real, _ = features()
        loss = self.loss((1.0, 1.0, 1.0))
        for factor in (1.0, 3.0):
            loss(
                [factor * x for x in fake],
                [factor * x for x in real],
                training=True,
            )
        means = [
            2 * np.abs(f - r[:, None]).mean()
            for f, r in zip(fake, real, strict=True)
        ]
        self.assert_close(loss.distances, means, 1e-5)
        loss.rescale()
        weights = ops.convert_to_numpy(loss.layer_weights)
        self.assert_close(weights * means, [np.mean(means)] * 3, 1e-5)
        loss(fake, real, training=True)
        loss.rescale()  # once only
        self.assert_close(loss.layer_weights, weights, 0.0)

    def test_layers_that_were_never_seen_keep_their_weight(self):
        fake, real, _ = features()
        loss = self.loss((1.0, 1.0, 7.0))
        loss(fake[:2], real[:2], training=True)
        loss.rescale()
        self.assertEqual(float(ops.convert_to_numpy(loss.layer_weights)[2]), 7)

    def test_evaluation_counts_nothing(self):
        loss = self.loss()
        loss(*features())
        self.assertEqual(float(ops.convert_to_numpy(loss.count)), 0.0)
