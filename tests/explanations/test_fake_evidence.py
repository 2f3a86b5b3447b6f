import numpy as np
import pytest
from keras import ops

from keras_semsynth import discriminators
from keras_semsynth.explanations import fake_evidence
from keras_semsynth.explanations import fake_views
from tests.explanations.vis_test_case import VisTestCase
from tests.explanations.vis_test_case import random_image
from tests.explanations.vis_test_case import stripes
from tests.semsynth_test_case import settle_spectral_vectors

# Larger weights than the initial ones: gradients then pass the depth.
GAIN = {"initializer_gain": 1.0}


def small(name):
    """A discriminator of four classes and its verdicts' sizes."""
    if name == "MultiScalePatchDiscriminator":
        options = {"filters": 2, "num_layers": 2, "use_edge_map": True}
    elif name == "FPSEDiscriminator":
        options = {"filters": 2}
    elif name == "SemanticsEmbeddingPatchDiscriminator":
        options = {"filters": 2, "num_layers": 3}
    else:
        options = {"encoder_filters": (4, 4, 4), "last_filters": 4}
        if name == "DPGANDiscriminator":
            options["patch_filters"] = 4
    network = getattr(discriminators, name)(4, **options, **GAIN)
    network.build()
    settle_spectral_vectors(network)
    return network


class FakeEvidenceTest(VisTestCase):
    def check(self, name, kinds):
        network = small(name)
        label_map, image = stripes(), random_image()
        edge_map = None
        if network.use_edge_map:
            edge_map = np.zeros((32, 32, 1), "float32")
            edge_map[:, 8] = 1.0
        views = fake_views(network, label_map, edge_map)
        self.assertEqual([view.kind for view in views], kinds)
        outputs = network(
            image[None],
            label_map[None],
            edge_map=None if edge_map is None else edge_map[None],
            training=False,
        )
        expected = [ops.convert_to_numpy(s) for s in outputs.get("scores", ())]
        if "logits" in outputs:
            logits = ops.convert_to_numpy(outputs["logits"])
            p = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
            expected.insert(0, p)
            np.testing.assert_array_equal(
                views[0].classes(image), logits[0, ..., 1:].argmax(-1)
            )
            p_fake = float(views[0].fakeness(ops.convert_to_tensor(logits))[0])
            odds = np.log(p[..., 0] / (1 - p[..., 0])).mean()
            self.assertAlmostEqual(p_fake, odds, 4)
        for view, values in zip(views, expected, strict=True):
            np.testing.assert_allclose(
                view.verdicts(image), values[0, ..., 0], rtol=1e-4, atol=1e-6
            )
            cam = view.grad_cam(image)
            self.assertEqual(cam.shape, tuple(view.features.shape[1:3]))
            self.assertGreaterEqual(cam.min(), 0.0)
            self.assertTrue(np.isfinite(cam).all())
        for samples in (0, 2):
            values = fake_evidence.saliency(views, image, samples)
            self.assertEqual(values.shape, (32, 32))
            self.assertTrue(np.isfinite(values).all())
            self.assertGreater(values.max(), 0.0)

    def test_patch_discriminator(self):
        self.check("MultiScalePatchDiscriminator", ["scores"] * 2)

    def test_pyramid_discriminator(self):
        self.check("FPSEDiscriminator", ["scores"] * 3)

    @pytest.mark.slow
    def test_embedding_patch_discriminator(self):
        self.check("SemanticsEmbeddingPatchDiscriminator", ["scores"] * 2)

    def test_segmentation_discriminator(self):
        self.check("OASISDiscriminator", ["classes"])

    @pytest.mark.slow
    def test_segmentation_discriminator_with_patch_heads(self):
        self.check("DPGANDiscriminator", ["classes", "scores", "scores"])

    def test_grad_cam_is_the_gradient_by_the_features_times_them(self):
        import tensorflow as tf

        network = small("OASISDiscriminator")
        (view,) = fake_views(network, stripes())
        image = random_image()
        blocks = network.block_outputs(image[None], training=False)
        features = blocks[network.up[-1].name]
        with tf.GradientTape() as tape:
            tape.watch(features)
            score = view.fakeness(network.last(features))
        gradient = tape.gradient(score, features).numpy()
        weights = gradient.mean((1, 2), keepdims=True)
        expected = np.maximum((features.numpy() * weights).sum(-1)[0], 0.0)
        np.testing.assert_allclose(
            view.grad_cam(image), expected, rtol=1e-4, atol=1e-9
        )
