import unittest

import numpy as np

from keras_semsynth import checkpoints
from keras_semsynth.gans import OASIS
from keras_semsynth.gans import AdamPair
from tests import golden
from tests import golden_networks
from tests import golden_training
from tests.gans.recording import Recording
from tests.gans.recording import Trainer

LOSSES = {
    "G_total": "generator/total",
    "G_adv": "generator/adversarial",
    "G_patch": "generator/patch",
    "G_feature": "generator/feature_matching",
    "D_total": "discriminator/total",
    "D_fake": "discriminator/fake",
    "D_real": "discriminator/real",
    "D_labelmix": "discriminator/label_mix",
    "D_patch_fake": "discriminator/patch_fake",
    "D_patch_real": "discriminator/patch_real",
}


class RecordingOASIS(Recording, OASIS):
    pass


def coins(file, step):
    """Noise whose signs are the coins of the file."""
    noise = -np.ones(file.options["semantic_nc"])
    heads = file[f"in/coin_flips{step}"].astype(bool)
    noise[file[f"in/classes{step}"][heads]] = 1.0
    return noise


def check_two_steps(case, name, model, gan_class, **arguments):
    """Trains a recording GAN on the two batches of a file and compares."""
    file = golden_networks.NetworkFile(name)
    options = file.options
    with golden_networks.double_precision():
        with golden.undrawn_weights():
            generator = checkpoints.from_official(
                f"{model}_generator",
                file.state("G"),
                noise_dim=options["z_dim"],
                image_size=2 * (options["crop_size"],),
                dtype="float64",
            )
            discriminator = checkpoints.from_official(
                f"{model}_discriminator", file.state("D"), dtype="float64"
            )
            gan = gan_class(
                generator,
                discriminator,
                label_mix_weight=options["lambda_labelmix"],
                ignore_label=0 if options["contain_dontcare_label"] else None,
                ema_decay=options["EMA_decay"],
                ema_statistics="average",
                **arguments,
            )
            rates = (options["lr_g"], options["lr_d"])
            if rates[0] == rates[1]:
                gan.compile(AdamPair(rates[0], ttur=False))
            else:
                gan.compile(AdamPair(2 * rates[0]))
        check_optimizers(case, gan, options)
        tables = {
            "G": checkpoints.naming_table(generator),
            "D": checkpoints.naming_table(discriminator),
            "ema": checkpoints.naming_table(gan.ema_generator),
        }
        check = golden_training.StepCheck(case, file, tables, LOSSES)
        trainer = Trainer(gan)
        for step in (1, 2):
            noise = [file[f"in/z_{player}{step}"] for player in "GD"]
            result = trainer(
                (
                    {"label_map": file.label_map(f"in/label{step}")},
                    golden.to_last(file[f"in/image{step}"]).astype("float64"),
                    [*(z.astype("float64") for z in noise), coins(file, step)],
                )
            )
            with case.subTest(file=name, step=step):
                check(step, result)


def check_optimizers(case, gan, options):
    members = (gan.optimizer.generator, gan.optimizer.discriminator)
    rates = (options["lr_g"], options["lr_d"])
    for member, rate in zip(members, rates, strict=True):
        np.testing.assert_allclose(float(member.learning_rate), rate, rtol=1e-6)
        case.assertEqual(member.beta_1, options["beta1"])
        case.assertEqual(member.beta_2, options["beta2"])


class OASISTrainingGoldenTest(unittest.TestCase):
    """Two training steps against the official trainer and optimizers."""

    @golden.slow_on_jax
    def test_two_steps(self):
        check_two_steps(self, "oasis_train_step", "oasis", RecordingOASIS)
