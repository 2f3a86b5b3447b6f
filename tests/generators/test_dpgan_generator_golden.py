import unittest

from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.layers.bilinear_resizing import resize_bilinear
from tests import golden
from tests import golden_networks


def whole_condition(level):
    """What a block reads of both pyramids' levels, in one map."""
    size = level["condition"].shape[1:3]
    enlarged = resize_bilinear(level["coarsest"], *size)
    return ops.concatenate([enlarged, level["condition"]], axis=-1)


class DPGANGeneratorGoldenTest(unittest.TestCase):
    def check(self, modes, dtype):
        file = golden_networks.NetworkFile("dpgan_generator")
        label_map = file.label_map()

        def make(dtype):
            generator = checkpoints.from_official(
                "dpgan_generator",
                file.state(),
                noise_dim=file.options["z_dim"],
                image_size=label_map.shape[1:],
                dtype=dtype,
            )
            return generator, checkpoints.naming_table(generator)

        def call(generator, inputs, training):
            blocks = {
                f"body{i}": block
                for i, block in enumerate(generator.named_blocks().values())
            }
            with golden_networks.recorded(
                fc=generator.fc, pyramid=generator.pyramid, **blocks
            ) as calls:
                image = generator(
                    label_map, latent=inputs["z"], training=training
                )
            taps = {"out": image, "tap_fc": calls["fc"][1]}
            for j, level in enumerate(calls["pyramid"][1]):
                taps[f"tap_pyramid{j}"] = level
            for i in range(len(blocks)):
                arguments, outputs = calls[f"body{i}"]
                taps[f"tap_body{i}"] = outputs
                taps[f"tap_cond{i}"] = whole_condition(arguments["level"])
            return taps

        golden_networks.NetworkCheck(
            self, file, make, call, {"z": file["in/z"]}
        ).run(modes, dtype)

    @golden.slow_on_jax
    def test_single_precision(self):
        # In training mode float32 is too coarse to tell.
        self.check(["eval"], "float32")

    @golden.slow_on_jax
    def test_double_precision(self):
        self.check(["eval", "train"], "float64")
