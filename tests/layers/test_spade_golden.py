import re
import unittest

from keras_semsynth.checkpoints.spade_generator import spade
from keras_semsynth.checkpoints.spade_generator import spade_residual_block
from keras_semsynth.layers import SPADE
from keras_semsynth.layers import SPADEResidualBlock
from keras_semsynth.layers import layout_level
from tests import golden

NORMALIZATIONS = {
    "syncbatch": "sync_batch",
    "batch": "batch",
    "instance": "instance",
}


def norm_options(norm):
    """Our arguments for an official name such as `spectralspadebatch3x3`."""
    name, size = re.fullmatch(r"(?:spectral)?spade(\D+)(\d)x\d", norm).groups()
    return {
        "normalization": NORMALIZATIONS[name],
        "kernel_size": int(size),
    }


class LayerGoldenTest(unittest.TestCase):
    def check(self, name, make_layer, entries):
        file = golden.Golden(name)
        segmap = golden.to_last(file["in/segmap"])
        self.assertTrue((segmap.sum(-1) == 1.0).all(), "the file is one-hot")
        features = golden.to_last(file["in/x"])
        classes = segmap.shape[-1]

        def make():
            layer = make_layer(file.options, classes)
            layer.build(features.shape)
            # Our tables name what is inside a block, `.` first.
            table = entries("", layer)
            for entry in table:
                entry.assign(file.state()[entry.key.removeprefix(".")])
            return layer, [strip(entry) for entry in table]

        for label_map in (segmap.argmax(-1).astype("int32"), segmap):

            def call(layer, inputs, training, label_map=label_map):
                level = layout_level(label_map, None, *features.shape[1:3])
                return {"y": layer(inputs["x"], level, training=training)}

            # Limit for single layers, measured elsewhere at 7e-7.
            golden.ForwardCheck(
                self, file, make, call, {"x": features}, 1e-5
            ).run()


def strip(entry):
    return type(entry)(
        entry.key.removeprefix("."), entry.variable, entry.layout
    )


class SPADEGoldenTest(LayerGoldenTest):
    def check_spade(self, name):
        def make(options, classes):
            return SPADE(classes, **norm_options(options["norm_G"]))

        self.check(name, make, spade)

    def test_batch_normalization(self):
        self.check_spade("spade_norm_batch")

    def test_instance_normalization(self):
        self.check_spade("spade_norm_instance")

    def test_synchronized_batch_normalization_and_5x5_kernels(self):
        self.check_spade("spade_norm_syncbatch5x5")


class SPADEResidualBlockGoldenTest(LayerGoldenTest):
    def check_block(self, name):
        def make(options, classes):
            return SPADEResidualBlock(
                options["fout"],
                num_classes=classes,
                spectral="spectral" in options["norm_G"],
                **norm_options(options["norm_G"]),
            )

        self.check(name, make, spade_residual_block)

    def test_identity_shortcut(self):
        self.check_block("spade_resblock_identity")

    def test_learned_shortcut(self):
        self.check_block("spade_resblock_learned")
