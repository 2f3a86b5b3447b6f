import numpy as np
from keras import ops

from keras_semsynth.layers import SemanticsHead
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random


class SemanticsHeadTest(SemsynthTestCase):
    inputs = [random((2, 5, 7, 4)), random((2, 5, 7, 4), seed=1)]

    def test_contract(self):
        self.check_layer(
            SemanticsHead,
            {},
            call_args=self.inputs,
            output_shape=(2, 5, 7, 1),
            trainable=4,
            non_trainable=0,
            output_dtype="float32",
            policy_tolerance={"mixed_float16": 1e-2, "mixed_bfloat16": 1e-1},
        )

    def test_a_score_is_realism_plus_an_inner_product(self):
        features, embedding = self.inputs
        head = SemanticsHead()
        head.build(features.shape)
        for seed, weight in enumerate(head.weights):
            weight.assign(random(weight.shape, seed))

        def pointwise(conv):
            kernel = ops.convert_to_numpy(conv.kernel)[0, 0]
            return features @ kernel + ops.convert_to_numpy(conv.bias)

        match = np.sum(pointwise(head.semantics) * embedding, -1, keepdims=True)
        expected = pointwise(head.realism) + match
        self.assert_close(head(features, embedding), expected, 1e-5)
