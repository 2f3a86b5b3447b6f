import unittest

from keras import ops

from keras_semsynth.checkpoints import scgan_generator
from keras_semsynth.layers import ChannelAveragePooling
from keras_semsynth.layers import PositionCode
from keras_semsynth.layers import SpatiallyConditionalConv2D
from keras_semsynth.layers import SpatiallyConditionalNormalization
from keras_semsynth.layers import SpatiallyConditionalResidualBlock
from keras_semsynth.layers import layout_level
from tests import golden
from tests import golden_networks
from tests.layers.test_spade_golden import strip


class SpatiallyConditionalGoldenTest(unittest.TestCase):
    def check(self, file, layer_of, entries, call, inputs, net, prefix=""):
        inputs = {
            name: golden.to_last(file[f"{prefix}in/{name}"]) for name in inputs
        }

        def make(dtype):
            layer = layer_of(dtype)
            layer.build(inputs["x"].shape)
            table = [strip(entry) for entry in entries("", layer)]
            for entry in table:
                entry.assign(file.state(net)[entry.key])
            return layer, table

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            inputs,
            prefix,
            limits=golden_networks.LAYER_LIMITS,
        ).run()

    def test_convolution(self):
        file = golden_networks.NetworkFile("scgan_scc")

        def call(layer, inputs, training):
            outputs = layer(inputs["x"], inputs["v"], training=training)
            return {"out": outputs}

        for implementation in ("fused", "sequential"):
            self.check(
                file,
                lambda dtype, implementation=implementation: (
                    SpatiallyConditionalConv2D(
                        file.options["cout"],
                        file.options["n"],
                        implementation=implementation,
                        dtype=dtype,
                    )
                ),
                scgan_generator.conditional_convolution,
                call,
                ("x", "v"),
                "net",
            )

    def test_normalization(self):
        file = golden_networks.NetworkFile("scgan_scn")

        def call(layer, inputs, training):
            level = {"norm_vectors": inputs["v"]}
            return {"out": layer(inputs["x"], level, training=training)}

        for net, name in (("syncbatch", "sync_batch"), ("instance",) * 2):
            self.check(
                file,
                lambda dtype, name=name: SpatiallyConditionalNormalization(
                    file.options["n"], normalization=name, dtype=dtype
                ),
                scgan_generator.conditional_normalization,
                call,
                ("x", "v"),
                net,
                f"{net}/",
            )

    def test_residual_block(self):
        file = golden_networks.NetworkFile("scgan_scresblock")
        options = file.options
        for net in ("shortcut", "widen", "identity"):
            label_map = file.label_map(f"{net}/in/label")

            def call(layer, inputs, training, label_map=label_map):
                size = ops.shape(inputs["x"])[1:3]
                level = {
                    **layout_level(label_map, None, *size),
                    "conv_vectors": inputs["v_conv"],
                    "norm_vectors": inputs["v_norm"],
                }
                return {"out": layer(inputs["x"], level, training=training)}

            filters = file[f"{net}/eval/out"].shape[1]
            self.check(
                file,
                lambda dtype, filters=filters: (
                    SpatiallyConditionalResidualBlock(
                        filters,
                        num_classes=options["semantic_nc"],
                        num_conv_candidates=options["num_experts_conv"],
                        num_norm_candidates=options["num_experts_norm"],
                        hidden_filters=options["spade_hidden"],
                        dtype=dtype,
                    )
                ),
                scgan_generator.residual_block,
                call,
                ("x", "v_conv", "v_norm"),
                net,
                f"{net}/",
            )


class FixedLayersGoldenTest(unittest.TestCase):
    def setUp(self):
        self.file = golden_networks.NetworkFile("scgan_losses")

    def test_channel_pooling(self):
        pooled = golden.to_last(self.file["in/pool_in"])
        for channels in (12, 10, 8):
            for groups in (2, 3, 4, 5):
                layer = ChannelAveragePooling(groups)
                found = golden.to_first(layer(pooled[..., :channels]))
                expected = self.file[f"out/pool_{channels}_to_{groups}"]
                self.assertLess(golden.error(found, expected), 1e-6)

    def test_position_code(self):
        labels = golden.to_last(self.file["in/ig_label"])
        for layer, name in (
            (PositionCode(), "win7_iters1_sigma1.5"),
            (PositionCode(5, 1.0, 3, True), "win5_iters3_sigma1_relative"),
        ):
            found = golden.to_first(layer(labels))
            self.assertLess(
                golden.error(found, self.file[f"out/ig_{name}"]), 2e-6
            )
