import unittest

from keras_semsynth.checkpoints.oasis_generator import spade
from keras_semsynth.layers import SPADE
from keras_semsynth.layers import layout_level
from tests import golden
from tests import golden_networks
from tests.layers.test_spade_golden import strip


class OASISSPADEGoldenTest(unittest.TestCase):
    def test_spade_layer(self):
        file = golden_networks.NetworkFile("oasis_spade")
        label_map = file.label_map("in/segmap")
        features = golden.to_last(file["in/x"])

        def make(dtype):
            layer = SPADE(
                file.options["label_nc"],
                hidden_filters=file.options["hidden"],
                dtype=dtype,
            )
            layer.build(features.shape)
            table = [strip(entry) for entry in spade("", layer)]
            for entry in table:
                entry.assign(file.state()[entry.key])
            return layer, table

        def call(layer, inputs, training):
            level = layout_level(label_map, None, *features.shape[1:3])
            return {"out": layer(inputs["x"], level, training=training)}

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            {"x": features},
            limits=golden_networks.LAYER_LIMITS,
        ).run()
