import importlib
import sys
import unittest
import unittest.mock

import numpy as np
import pytest
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.data import edge_map_from_instances
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import adversarial_loss
from keras_semsynth.losses import feature_matching_loss
from keras_semsynth.losses import kl_divergence
from keras_semsynth.losses import reparameterize
from keras_semsynth.losses import semantic_vector_loss
from tests import golden
from tests import golden_networks
from tests.semsynth_test_case import gradients


class SemanticVectorLossTest(unittest.TestCase):
    def test_it_is_a_mean_distance(self):
        random = np.random.RandomState(0)
        first, second = random.standard_normal((2, 2, 4, 5, 3))
        for kind, expected in (
            ("l1", np.abs(first - second).mean()),
            ("l2", np.square(first - second).mean()),
        ):
            found = semantic_vector_loss(
                ops.convert_to_tensor(first),
                ops.convert_to_tensor(second),
                kind,
            )
            self.assertAlmostEqual(float(found), expected, delta=1e-6)

    def test_the_photo_is_a_constant(self):
        values = [np.full((1, 2, 2, 3), x, "float32") for x in (0.5, 0.25)]
        _, (first, second), _ = golden.gradients(
            lambda *images: (semantic_vector_loss(*images), 0), values
        )
        self.assertGreater(np.abs(first).max(), 0)
        # PyTorch and TensorFlow say "no influence" instead of zero.
        self.assertTrue(second is None or not second.any())

    def test_half_precision_does_not_overflow(self):
        image = ops.cast(ops.full((4, 64, 64, 3), 300.0), "float16")
        loss = semantic_vector_loss(image, image * 0, "l2")
        self.assertAlmostEqual(float(loss), 90000.0, delta=1.0)

    def test_an_unknown_kind_is_named(self):
        with self.assertRaisesRegex(ValueError, "`kind` must be one of"):
            semantic_vector_loss(np.zeros(1), np.zeros(1), "l3")


class SCGANLossesGoldenTest(unittest.TestCase):
    def setUp(self):
        self.file = golden_networks.NetworkFile("scgan_losses")

    def images(self, name):
        names = sorted(self.file.under(f"in/{name}"))
        return [golden.to_last(self.file[f"in/{name}{n}"]) for n in names]

    def check(self, key, found):
        found = ops.convert_to_numpy(found)
        expected = self.file[f"out/{key}"].reshape(found.shape)
        self.assertLess(
            golden.error(found, expected),
            golden_networks.LAYER_LIMITS["eval"],
            key,
        )

    def test_hinge(self):
        scores = self.images("pred_")
        for key, side in (
            ("hinge_D_real", "real"),
            ("hinge_D_fake", "fake"),
            ("hinge_G", "generator"),
        ):
            self.check(key, adversarial_loss(scores, "hinge", side))

    def test_feature_matching(self):
        fake, real = (
            [[feature] for feature in self.images(f"feat_{name}_")]
            for name in ("fake", "real")
        )
        found = 10.0 * feature_matching_loss(fake, real)
        self.check("feature_matching_fpse_lambda10", found)

    def test_regressed_image(self):
        images = [*self.images("svg_image"), *self.images("real_image")]
        for kind in ("l1", "l2"):
            found = 2.0 * semantic_vector_loss(*images, kind)
            self.check(f"Ls_{kind}_lambda2", found)

    def test_style_code(self):
        mean, log_variance, noise = (
            self.file[f"in/{name}"] for name in ("mu", "logvar", "eps")
        )
        found = 0.05 * kl_divergence(mean, log_variance)
        self.check("kld_lambda0.05", found)
        self.check("z", reparameterize(mean, log_variance, noise))

    def test_instance_edges(self):
        edges = edge_map_from_instances(self.file["in/instance"][:, 0])
        self.check("edges", golden.to_first(edges))


class PerceptualLossGoldenTest(unittest.TestCase):
    @pytest.mark.slow
    def test_full_size_network(self):
        file = golden_networks.NetworkFile("scgan_vgg_loss")
        # It imports `weights_rule`, which lies beside it.
        places = [str(golden.folder()), *sys.path]
        with unittest.mock.patch.object(sys, "path", places):
            eval_weights = importlib.import_module("eval_weights")
        weights = file.meta["weights"]
        table = golden.key_table(weights["csv"])
        state = eval_weights.golden_state(str(table), weights["seed"])
        loss = PerceptualLoss(checkpoints.from_official("vgg19", state))
        loss.build()
        images = [golden.to_last(file[f"in/{name}"]) for name in "xy"]
        expected = file["out/loss"]
        self.assertLess(golden.error(loss(*images), expected), 2e-5)
        found = golden.to_first(gradients(loss, images)[0])
        self.assertLess(golden.error(found, file["out/grad_x"]), 1e-3)
