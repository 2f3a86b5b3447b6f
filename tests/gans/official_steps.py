"""Two training steps against the official trainer of SPADE and CC-FPSE."""

import numpy as np

from keras_semsynth import checkpoints
from keras_semsynth.gans import AdamPair
from tests import golden
from tests.gans.recording import Trainer

LOSSES = {
    "GAN": "generator/adversarial",
    "GAN_Feat": "generator/feature_matching",
    "KLD": "generator/kl",
    "D_Fake": "discriminator/fake",
    "D_real": "discriminator/real",
}
# Where a leaky ReLU or a hinge bends, the last digit of float32 decides the
# side, and gradients of the second step may differ by per cents (said with the
# files). Which digit comes out depends on the processor, so some are tried.
ROUNDINGS = 10


def rounded(array, attempt):
    """The same numbers, all but the first time off by their last digit.

    Not those of vectors: spectral vectors and seeds stay what they are.
    """
    if not attempt or array.ndim < 2:
        return array
    digits = np.random.default_rng(attempt).integers(-1, 2, array.shape)
    return (array * (1 + 2**-23 * digits)).astype(array.dtype)


class OfficialSteps:
    """Mixin of a `unittest.TestCase`.

    A subclass says what differs between the two: `make_gan(networks)`,
    `check_fake(actual, expected)` and how exact statistics are.
    """

    # Of the largest value, besides what the drift of dead biases explains.
    STATISTICS_LIMIT = 0.0

    def check_steps(self, file, networks, optimized=False):
        """Makes both steps and compares all that the file holds.

        Args:
            file: `golden.Golden`.
            networks: dict, official name (`"G"`, `"D"`, `"E"`) -> network.
            optimized: As for `Trainer`.
        """
        self.tables = {
            net: checkpoints.naming_table(network)
            for net, network in networks.items()
        }
        given = {net: n.get_weights() for net, n in networks.items()}
        for attempt in range(ROUNDINGS):
            for net, weights in given.items():
                networks[net].set_weights(
                    [rounded(weight, attempt) for weight in weights]
                )
            try:
                self.make_steps(file, networks, optimized, attempt)
                return
            except AssertionError:
                if attempt == ROUNDINGS - 1:
                    raise

    def make_steps(self, file, networks, optimized, attempt):
        """Makes both steps and compares them."""
        # What may be off by now: the last digit, and the one of the start.
        self.digits = 2 if attempt else 1
        gan = self.make_gan(networks)
        gan.compile(AdamPair(file.options["lr"]))
        self.check_optimizers(file, gan)
        trainer = Trainer(gan, optimized)
        for step in ("it1", "it2"):
            inputs = file.network_inputs(f"in/{step}/")
            image = rounded(golden.to_last(file[f"in/{step}/image"]), attempt)
            noise = [
                rounded(file[f"in/{step}/eps_{player}"], attempt)
                for player in "GD"
                if f"in/{step}/eps_{player}" in file
            ]
            result = trainer((inputs, image, noise))
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
        self.check_fake(
            golden.to_first(result["fake"]), file[f"out/fake/{step}"]
        )
        for net, table in self.tables.items():
            limit = 5e-3  # relative L2, suggested with the files
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
        expected = file[key]
        difference = np.abs(entry.read() - expected)
        if entry.key.endswith(("weight_u", "weight_v")):
            # Unit vectors.
            self.assertLess(difference.max(), 1e-4, key)
        elif entry.key.endswith(("running_mean", "running_var")):
            # They drift with biases that have no gradient, by 0.1 rates.
            limit = rate + self.STATISTICS_LIMIT * np.abs(expected).max()
            self.assertLess(difference.max(), limit, key)
        elif entry.key not in file.meta["near_zero_gradients"][net]:
            # The first step of Adam is the sign of the gradient: only entries
            # whose gradient was clear in every step so far are comparable.
            steps = range(1, int(step[2:]) + 1)
            clear = np.ones(difference.shape, bool)
            for i in steps:
                gradient = np.abs(file[f"grad/it{i}/{net}/{entry.key}"])
                clear &= gradient > 1e-3 * gradient.max()
            self.assertTrue(clear.any(), key)
            # The last digit of float32, which may be more than a rate.
            difference = np.maximum(
                difference - self.digits * np.spacing(np.abs(expected)), 0
            )
            far = (difference[clear] / rate).max()
            self.assertLess(far, 0.05, key)
            self.assertLess(difference.max() / rate, 2.1 * len(steps), key)
