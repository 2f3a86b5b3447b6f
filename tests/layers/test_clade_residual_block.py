from keras_semsynth.layers import CLADEResidualBlock
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map


class CLADEResidualBlockTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            CLADEResidualBlock,
            {
                "filters": 3,
                "num_classes": 4,
                "extra_channels": 2,
                "position_map": True,
                "normalization": "instance",
            },
            call_args=[
                random((2, 4, 6, 5)),
                {
                    "label_map": random_label_map((2, 4, 6), 4),
                    "extra_map": random((2, 4, 6, 2), seed=1),
                    "positions": random((2, 4, 6, 2), seed=2),
                },
            ],
            output_shape=(2, 4, 6, 3),
            # Three modulations of five, two convolutions and the shortcut's.
            trainable=3 * 5 + 2 * 2 + 1,
            non_trainable=3 * 2,
            policy_tolerance={"mixed_float16": 2e-2, "mixed_bfloat16": 2e-1},
            fit_policies=(),
        )

    def test_bad_arguments_are_named(self):
        with self.assertRaisesRegex(ValueError, "`num_classes` must be"):
            CLADEResidualBlock(3, num_classes=0)
        with self.assertRaisesRegex(ValueError, "`extra_channels` must be"):
            CLADEResidualBlock(3, num_classes=2, extra_channels=-1)
