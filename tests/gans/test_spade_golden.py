import unittest

import keras
import numpy as np

from keras_semsynth import checkpoints
from keras_semsynth.gans import SPADE
from tests import golden
from tests.gans.recording import Recording
from tests.gans.recording import Trainer

LOSSES = {
    "GAN": "generator/adversarial",
    "GAN_Feat": "generator/feature_matching",
    "KLD": "generator/kl",
    "D_Fake": "discriminator/fake",
    "D_real": "discriminator/real",
}


class RecordingSPADE(Recording, SPADE):
    pass


class SPADETrainingGoldenTest(unittest.TestCase):
    """Two training steps against the official trainer and optimizers."""

    @golden.slow_on_jax
    def test_two_steps(self):
        self.check("spade_train_step")

    def test_two_steps_with_a_style_encoder(self):
        self.check("spade_train_step_vae")

    def check(self, name):
        file = golden.Golden(name)
        options = file.options
        edges = {"use_edge_map": not options["no_instance"]}
        size = (options["crop_size"], options["crop_size"])
        networks = {}
        with golden.undrawn_weights():
            networks["G"] = checkpoints.from_official(
                "spade_generator",
                file.state("G"),
                image_size=size,
                upsampling=options["num_upsampling_layers"],
                **edges,
            )
            networks["D"] = checkpoints.from_official(
                "spade_discriminator", file.state("D"), **edges
            )
            if options["use_vae"]:
                networks["E"] = checkpoints.from_official(
                    "spade_encoder", file.state("E")
                )
        self.tables = {
            net: checkpoints.naming_table(network)
            for net, network in networks.items()
        }
        gan = RecordingSPADE(networks["G"], networks["D"], networks.get("E"))
        gan.compile(learning_rate=options["lr"])
        self.check_optimizers(file, gan)
        trainer = Trainer(gan)
        for step in ("it1", "it2"):
            inputs = file.network_inputs(f"in/{step}/")
            image = golden.to_last(file[f"in/{step}/image"])
            noise = [
                file[f"in/{step}/eps_{player}"]
                for player in "GD"
                if f"in/{step}/eps_{player}" in file
            ]
            result = trainer((inputs, image, noise))
            with self.subTest(file=name, step=step):
                self.check_step(file, step, result)

    def check_optimizers(self, file, gan):
        members = (gan.optimizer.generator, gan.optimizer.discriminator)
        for member, rate in zip(members, file["out/lr"], strict=True):
            np.testing.assert_allclose(
                float(member.learning_rate), rate, rtol=1e-6
            )
            betas = [member.beta_1, member.beta_2]
            np.testing.assert_allclose(betas, file["out/betas"], rtol=1e-6)

    def check_step(self, file, step, result):
        for key, value in file.under(f"out/loss/{step}/").items():
            # Limit for losses, relative to the size of the scores where the
            # loss is their mean and nearly cancels. Measured: 1e-6.
            difference = abs(result[LOSSES[key]] - value)
            self.assertLess(difference / max(abs(value), 1.0), 2e-5, key)
        # Limit for networks in training. From the second step on Adam has
        # turned the rounding of tiny gradients into whole rates: the official
        # float32 run moves by 6e-5 if its weights move by 2e-7. Measured here:
        # 1e-5, then 9e-5.
        fake = golden.to_first(result["fake"])
        error = golden.error(fake, file[f"out/fake/{step}"])
        self.assertLess(error, 1e-4)
        for net, table in self.tables.items():
            limit = 5e-3  # relative L2, the golden README's
            for entry in table:
                key = f"grad/{step}/{net}/{entry.key}"
                if key in file:
                    gradient = result["gradients"][entry.variable.path]
                    gradient = entry.layout.to_official(gradient)
                    error = golden.relative_l2(gradient, file[key])
                    self.assertLess(error, limit, key)
                key = f"after/{step}/{net}/{entry.key}"
                if key in file:
                    self.check_after(file, step, net, entry)

    def check_after(self, file, step, net, entry):
        key = f"after/{step}/{net}/{entry.key}"
        rate = float(file["out/lr"][1 if net == "D" else 0])
        difference = np.abs(entry.read() - file[key])
        if entry.key.endswith(("weight_u", "weight_v")):
            # Unit vectors.
            self.assertLess(difference.max(), 1e-4, key)
        elif entry.key.endswith(("running_mean", "running_var")):
            # They drift with biases that have no gradient, by 0.1 rates.
            self.assertLess(difference.max(), rate, key)
        elif entry.key not in file.meta["near_zero_gradients"][net]:
            # The first step of Adam is the sign of the gradient: only entries
            # whose gradient was clear in every step so far are comparable.
            steps = range(1, int(step[2:]) + 1)
            clear = np.ones(difference.shape, bool)
            for i in steps:
                gradient = np.abs(file[f"grad/it{i}/{net}/{entry.key}"])
                clear &= gradient > 1e-3 * gradient.max()
            self.assertTrue(clear.any(), key)
            # On JAX one of 9085 entries of one tensor is at 0.08: a kink as
            # the golden README foresees it. None elsewhere.
            kinks = int(keras.backend.backend() == "jax")
            far = difference[clear] / rate >= 0.05
            self.assertLessEqual(far.sum(), kinks, key)
            self.assertLess(difference.max() / rate, 2.1 * len(steps), key)
