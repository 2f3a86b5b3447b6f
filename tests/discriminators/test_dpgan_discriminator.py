from keras_semsynth.discriminators import DPGANDiscriminator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


class DPGANDiscriminatorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            DPGANDiscriminator,
            {
                "num_classes": 4,
                "encoder_filters": [3, 5],
                "last_filters": 2,
                "patch_filters": 3,
                # So that float16 can hold the scores.
                "initializer": "kaiming",
                "patch_taps": ["down_0", "up_0"],
                "feature_taps": ["up_1"],
            },
            call_args=[random((2, 8, 12, 3)), random_label_map((2, 8, 12), 4)],
            output_shape=[(2, 8, 12, 2), (2, 8, 12, 5)] + 2 * [(2, 2, 3, 1)],
            # Four blocks, the last convolution, two heads.
            trainable=4 * 6 + 2 + 2 * (5 * 2 + 3 * 2),
            non_trainable=4 * 6 + 2 * 3 * 2,
            output_dtype=[None, "float32", "float32", "float32"],
            policy_tolerance=HALF,
            fit_policies=(),
        )

    def test_parameter_counts_are_those_of_the_paper(self):
        for classes, expected in (
            (151, 22_924_890),
            (183, 22_926_970),
            (35, 22_917_350),
        ):
            found = count_parameters(DPGANDiscriminator(classes))
            self.assertEqual(found, expected)

    def test_placements(self):
        for depth, placement, patches, features in (
            (6, "encoder", "35", "01234"),
            (6, "decoder", "13", "12345"),
            (5, "encoder", "24", "0123"),
            (5, "decoder", "02", "1234"),
        ):
            kind = {"encoder": "down", "decoder": "up"}[placement]
            discriminator = DPGANDiscriminator(
                4,
                depth * (2,),
                2,
                patch_filters=2,
                patch_taps=placement,
                feature_taps=placement,
            )
            self.assertEqual(
                discriminator.patch_blocks,
                tuple(f"{kind}_{i}" for i in patches),
            )
            self.assertEqual(
                discriminator.feature_blocks,
                tuple(f"{kind}_{i}" for i in features),
            )

    def test_without_taps_it_is_the_discriminator_of_oasis(self):
        discriminator = DPGANDiscriminator(
            4, (3, 3), 2, patch_taps=(), feature_taps=()
        )
        outputs = discriminator(random((1, 8, 8, 3)))
        self.assertEqual(outputs["scores"], [])
        self.assertEqual(outputs["features"], [[]])
        self.assertEqual(tuple(outputs["logits"].shape), (1, 8, 8, 5))

    def test_bad_arguments_are_named(self):
        for bad in (
            {"patch_filters": 0},
            {"patch_taps": "middle"},
            {"patch_taps": ("down_6",)},
            {"feature_taps": ("last",)},
            {"patch_normalization": "layer"},
            {"patch_taps": "decoder", "encoder_filters": (2, 2)},
        ):
            name = next(iter(bad))
            with self.assertRaisesRegex(ValueError, f"`{name}` must be"):
                DPGANDiscriminator(**{"num_classes": 4, **bad})
