import unittest

import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.layers import one_hot_label_map
from tests import golden


class MultiScalePatchDiscriminatorGoldenTest(unittest.TestCase):
    def check(self, name):
        file = golden.Golden(name)
        single = file.network_inputs()
        # The batch of the official code: fakes first, then the real images.
        both = {k: np.concatenate([v, v]) for k, v in single.items()}
        image = golden.to_last(
            np.concatenate([file["in/fake"], file["in/real"]])
        )

        def make():
            discriminator = checkpoints.from_official(
                "spade_discriminator",
                file.state(),
                use_edge_map="edge_map" in both,
            )
            return discriminator, checkpoints.naming_table(discriminator)

        def name_outputs(outputs):
            pairs = zip(outputs["features"], outputs["scores"], strict=True)
            return {
                f"D{i}_layer{j}": output
                for i, (features, scores) in enumerate(pairs)
                for j, output in enumerate([*features, scores])
            }

        def from_ids(discriminator, inputs, training):
            return name_outputs(
                discriminator(inputs["image"], **both, training=training)
            )

        # Limit for whole networks, measured elsewhere at 4e-6.
        golden.ForwardCheck(
            self, file, make, from_ids, {"image": image}, 1e-4
        ).run()

        def from_soft_maps(discriminator, inputs, training):
            classes = discriminator.num_classes
            x = inputs["x"]
            edges = x[..., classes:-3] if "edge_map" in both else None
            return name_outputs(
                discriminator(
                    x[..., -3:], x[..., :classes], edges, training=training
                )
            )

        # Once more with soft maps: the file has the gradient of the whole
        # input, one-hot channels included.
        classes = make()[0].num_classes
        one_hot = one_hot_label_map(both["label_map"], classes)
        parts = [ops.convert_to_numpy(one_hot), both.get("edge_map"), image]
        x = np.concatenate([p for p in parts if p is not None], axis=-1)
        golden.ForwardCheck(
            self, file, make, from_soft_maps, {"x": x}, 1e-4
        ).run()

    def test_two_scales_with_edge_map(self):
        self.check("spade_discriminator")

    @golden.slow_on_jax
    def test_three_scales_of_three_layers(self):
        self.check("spade_discriminator_3scale")
