import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints import spade_discriminator
from keras_semsynth.discriminators import ImagePatchDiscriminator
from keras_semsynth.gans import SCGAN
from keras_semsynth.gans import AdamPair
from keras_semsynth.gans import UnpairedSCGAN
from tests import golden
from tests import golden_networks
from tests import golden_training
from tests.gans.recording import Recording
from tests.gans.recording import Trainer
from tests.gans.terms import discriminator_terms
from tests.gans.terms import generator_terms
from tests.gans.terms import weights
from tests.generators.test_scgan_generator_golden import our_options

LOSSES = {
    "GAN": "generator/adversarial",
    "GAN_Feat": "generator/feature_matching",
    "W_Recon_l1": "generator/semantic_vector",
    "KLD": "generator/kl",
    "G_total": "generator/total",
    "content_l1_standin": "generator/perceptual",
    "D_Fake": "discriminator/fake",
    "D_real": "discriminator/real",
    "D_total": "discriminator/total",
}


class RecordingSCGAN(Recording, SCGAN):
    pass


class RecordingUnpairedSCGAN(Recording, UnpairedSCGAN):
    pass


@keras.saving.register_keras_serializable(package="keras_semsynth_tests")
class MeanDistance(keras.layers.Layer):
    """Stands in for the perceptual loss, as in the golden files."""

    def build(self, fake_shape=None, real_shape=None):
        self.built = True

    def call(self, fake, real):
        return ops.mean(ops.abs(fake - ops.cast(real, fake.dtype)))


def load(name, file, net, **options):
    return checkpoints.from_official(
        f"scgan_{name}", file.state(net), dtype="float64", **options
    )


class SCGANTrainingGoldenTest(unittest.TestCase):
    """Two training steps against the official trainer and optimizers."""

    @golden.slow_on_jax
    def test_feature_pyramid_without_style(self):
        self.check("scgan_train_step_ade")

    @golden.slow_on_jax
    def test_two_scales_with_style_and_position_code(self):
        self.check("scgan_train_step_celeba")

    def check(self, name):
        file = golden_networks.NetworkFile(name)
        options = file.options
        with golden_networks.double_precision():
            with golden.undrawn_weights():
                networks = {
                    "G": load("generator", file, "G", **our_options(options)),
                    "D": load("discriminator", file, "D", use_edge_map=False),
                }
                if options["use_vae"]:
                    networks["E"] = load("encoder", file, "E")
                gan = RecordingSCGAN(
                    networks["G"],
                    networks["D"],
                    encoder=networks.get("E"),
                    kl_divisor=1,
                    semantic_vector_weight=options["lambda_w_recon"],
                )
                gan.compile(AdamPair(options["lr"]))
            self.check_optimizers(gan, file)
            tables = {
                net: checkpoints.naming_table(network)
                for net, network in networks.items()
            }
            check = golden_training.StepCheck(self, file, tables, LOSSES)
            trainer = Trainer(gan)
            for step in (1, 2):
                noise = [
                    file[f"in/eps_{player}{step}"].astype("float64")
                    for player in "GD"
                    if options["use_vae"]
                ]
                image = golden.to_last(file[f"in/image{step}"])
                result = trainer(
                    (
                        {"label_map": file.label_map(f"in/label{step}")},
                        image.astype("float64"),
                        noise,
                    )
                )
                with self.subTest(file=name, step=step):
                    check(step, result)

    def check_optimizers(self, gan, file):
        for member, rate in (
            (gan.optimizer.generator, file.meta["lr_G"]),
            (gan.optimizer.discriminator, file.meta["lr_D"]),
        ):
            np.testing.assert_allclose(
                float(member.learning_rate), rate, rtol=1e-6
            )
            self.assertEqual(member.beta_1, file.options["beta1"])
            self.assertEqual(member.beta_2, file.options["beta2"])


class UnpairedSCGANGoldenTest(unittest.TestCase):
    """Losses and gradients of both players, without an optimizer step."""

    @golden.slow_on_jax
    def test_start_from_the_source_image(self):
        self.check("scgan_unpaired_image")

    @golden.slow_on_jax
    def test_start_from_the_code_of_the_source(self):
        self.check("scgan_unpaired_vae")

    def check(self, name):
        file = golden_networks.NetworkFile(name)
        with golden_networks.double_precision():
            with golden.undrawn_weights():
                self.make(file)
            batch = {
                "label_map": golden.to_last(file["in/B"]).astype("float64"),
                "source": golden.to_last(file["in/A"]).astype("float64"),
            }
            batch = {k: ops.convert_to_tensor(v) for k, v in batch.items()}
            batch["image"] = batch["label_map"]
            self.noise = []
            if "in/eps" in file:
                self.noise = [file["in/eps"].astype("float64")] * 3
            self.gan.noise = list(self.noise)
            self.check_player(file, "G", batch, self.generator_step)
            self.check_player(file, "D", batch, self.discriminator_step)
            key = "eval_after_two_train_forwards/out_image"
            self.gan.noise = list(self.noise)
            outputs = self.gan.synthesize(batch, training=False)
            self.compare(file, key, golden.to_first(outputs["image"]), 1e-4)

    def make(self, file):
        options = file.options
        start = {} if options["use_vae"] else {"start": "image"}
        generator = load(
            "generator", file, "G", **our_options(options), **start
        )
        discriminator = ImagePatchDiscriminator(
            filters=options["ndf"], dtype="float64"
        )
        discriminator.build()
        state = file.state("D")
        for entry in spade_discriminator.naming_table(discriminator):
            entry.assign(state[entry.key])
        encoder = load("encoder", file, "E") if options["use_vae"] else None
        self.gan = RecordingUnpairedSCGAN(
            generator,
            discriminator,
            encoder=encoder,
            kl_divisor=1,
            perceptual=MeanDistance(dtype="float64"),
            semantic_vector_weight=options["lambda_w_recon"],
            feature_matching_weight=options["lambda_feat"],
        )
        self.gan.compile()
        self.tables = {
            "G": checkpoints.naming_table(generator),
            "D": spade_discriminator.naming_table(discriminator),
        }

    def generator_step(self, batch):
        seen = {}

        def synthesize(batch, training=True):
            seen.update(type(self.gan).synthesize(self.gan, batch, training))
            return seen

        self.gan.synthesize = synthesize
        terms, _ = generator_terms(self.gan, batch)
        del self.gan.synthesize
        images = {
            "out_image": seen["image"],
            "out_svg": seen["semantic_image"],
        }
        return weights(self.gan, "generator"), terms, images

    def discriminator_step(self, batch):
        fake = ops.stop_gradient(self.gan.synthesize(batch)["image"])
        terms = discriminator_terms(self.gan, batch, fake)
        return weights(self.gan, "discriminator"), terms, {}

    def check_player(self, file, net, batch, step):
        gradients = file.under(f"train/grad_{net}/")
        entries = [e for e in self.tables[net] if e.key in gradients]
        player = {"G": "generator", "D": "discriminator"}[net]

        def function():
            weights, terms, images = step(batch)
            weighted = {k: terms[k] * weights[k] for k in weights}
            return sum(weighted.values()), (weighted, images)

        (terms, images), _, found = golden.gradients(
            function,
            [],
            [entry.variable for entry in entries],
            self.gan.non_trainable_variables,
        )
        for key, name in LOSSES.items():
            owner, _, term = name.partition("/")
            if owner == player and term in terms:
                # The file holds float32 losses only.
                expected = file[f"train/loss/{key}"].reshape(())
                self.assertLess(golden.error(terms[term], expected), 2e-5, key)
        for key, image in images.items():
            self.compare(file, f"train/{key}", golden.to_first(image), 1e-4)
        for entry, gradient in zip(entries, found, strict=True):
            gradient = entry.layout.to_official(gradient)
            self.compare(file, f"train/grad_{net}/{entry.key}", gradient, 8e-4)

    def compare(self, file, key, found, limit):
        error = golden.error(found, file[key])
        print(f"{self.id()} {key}: {error:.1e}")
        self.assertLess(error, limit, key)
