from keras import ops

from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import SPADEGenerator
from keras_semsynth.generators.pyramid_generator import LEVELS
from keras_semsynth.generators.pyramid_generator import WIDTHS
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {
    "num_classes": 5,
    "image_size": (32, 64),
    "filters": 2,
    "hidden_filters": 2,
}


class PyramidGeneratorTest(SemsynthTestCase):
    def test_every_option_has_all_blocks_in_order(self):
        names = list(WIDTHS)
        for option, levels in LEVELS.items():
            found = [name for level in levels for name in level]
            last = None if option == "most" else -1
            self.assertEqual(found, names[:last], option)

    def test_each_level_has_the_size_of_its_blocks(self):
        generator = SPADEGenerator(**SMALL, use_edge_map=True)
        layout = {
            "label_map": random_label_map((1, 32, 64), 5),
            "extra_map": random((1, 32, 64, 1)),
        }
        levels = list(generator.layout_levels(layout))
        self.assertEqual(len(levels), 6)
        for i, level in enumerate(levels):
            self.assertEqual(
                tuple(ops.shape(level["label_map"])), (1, 2**i, 2 * 2**i)
            )
            self.assertEqual(
                tuple(ops.shape(level["extra_map"])), (1, 2**i, 2 * 2**i, 1)
            )

    def test_a_level_is_made_after_the_blocks_before_have_run(self):
        generator = OASISGenerator(**SMALL, noise_dim=None)
        generator.build()
        order = []

        def recorded(levels):
            for i, level in enumerate(levels):
                order.append(i)
                yield level

        for name, block in generator.named_blocks().items():

            def call(*args, name=name, original=block.call, **kwargs):
                order.append(name)
                return original(*args, **kwargs)

            block.call = call
        layout, latent = generator.read(
            random_label_map((1, 32, 64), 5), None, None, None
        )
        generator.draw(
            generator.start_map(layout, latent),
            recorded(generator.layout_levels(layout)),
            training=False,
        )
        expected = [x for i in range(6) for x in (i, f"block_{i}")]
        self.assertEqual(order, expected)
