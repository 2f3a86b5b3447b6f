import unittest

from keras_semsynth.checkpoints.oasis_generator import modulation
from keras_semsynth.layers import ConditionedSPADE
from tests import golden
from tests import golden_networks
from tests.layers.test_spade_golden import strip


class ConditionedSPADEGoldenTest(unittest.TestCase):
    def test_conditioned_spade_layer(self):
        file = golden_networks.NetworkFile("dpgan_spade")
        inputs = {
            "x": golden.to_last(file["in/x"]),
            "cond": golden.to_last(file["in/cond"]),
        }

        def make(dtype):
            layer = ConditionedSPADE(inputs["cond"].shape[-1], dtype=dtype)
            layer.build(inputs["x"].shape)
            table = [strip(entry) for entry in modulation("", layer)]
            for entry in table:
                entry.assign(file.state()[entry.key])
            return layer, table

        def call(layer, inputs, training):
            level = {"condition": inputs["cond"]}
            return {"out": layer(inputs["x"], level, training=training)}

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            inputs,
            limits=golden_networks.LAYER_LIMITS,
        ).run()
