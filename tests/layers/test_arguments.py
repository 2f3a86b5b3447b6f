import unittest

from keras_semsynth import discriminators
from keras_semsynth import generators
from keras_semsynth import layers
from keras_semsynth.layers.arguments import check_within
from keras_semsynth.scorers import UNetSegmenter


class ArgumentsTest(unittest.TestCase):
    def test_a_number_out_of_its_range_is_named_with_the_range(self):
        check_within(1, 3, depth=3)
        for value in (0, 4, 2.0, None):
            with self.assertRaisesRegex(
                ValueError, f"`depth` must be .* 1 to 3. .* depth={value}"
            ):
                check_within(1, 3, depth=value)

    def test_networks_that_would_never_be_made_are_refused_at_once(self):
        for make, names in (
            (
                lambda **many: generators.Pix2PixHDGenerator(3, **many),
                ("num_downsamplings", "num_blocks"),
            ),
            (
                lambda **many: generators.Pix2PixHDEnhancerGenerator(3, **many),
                ("num_enhancers", "num_enhancer_blocks"),
            ),
            (
                lambda **many: generators.CRNGenerator(3, **many),
                ("num_modules",),
            ),
            (
                lambda **many: generators.SCGANGenerator(3, **many),
                ("num_conv_candidates",),
            ),
            (
                lambda **many: generators.SemanticVectorGenerator(3, **many),
                ("num_stages",),
            ),
            (
                lambda **many: discriminators.MultiScalePatchDiscriminator(
                    3, **many
                ),
                ("num_scales", "num_layers"),
            ),
            (
                lambda **many: (
                    discriminators.SemanticsEmbeddingPatchDiscriminator(
                        3, **many
                    )
                ),
                ("num_scales", "num_layers"),
            ),
            (
                lambda **many: layers.LabelEmbedding(2, 3, **many),
                ("num_levels",),
            ),
            (
                lambda **many: layers.LabelFeaturePyramid(3, **many),
                ("num_levels",),
            ),
            (
                lambda **many: layers.SpatialAdaptationPyramid(4, 3, **many),
                ("num_halvings",),
            ),
            (layers.PatchHead, ("num_layers",)),
            (layers.PositionCode, ("iterations",)),
            (
                lambda **many: layers.SpatiallyConditionalConv2D(2, **many),
                ("num_candidates",),
            ),
            (lambda **many: layers.VectorConv2D(2, **many), ("num_convs",)),
            (lambda **many: UNetSegmenter(3, **many), ("depth",)),
        ):
            for name in names:
                with (
                    self.subTest(name),
                    self.assertRaisesRegex(
                        ValueError, f"`{name}` must be an integer from"
                    ),
                ):
                    make(**{name: 10**9})
