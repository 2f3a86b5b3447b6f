import keras
import numpy as np
from keras import ops

from keras_semsynth.generators import Pix2PixHDEnhancerGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {
    "num_classes": 5,
    "image_size": (16, 24),
    "filters": 4,
    "num_downsamplings": 1,
    "num_blocks": 1,
    "num_enhancer_blocks": 1,
    "spectral": False,
}


class Pix2PixHDEnhancerGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            Pix2PixHDEnhancerGenerator,
            SMALL,
            call_args=[random_label_map((2, 16, 24), 5)],
            output_shape=(2, 16, 24, 3),
            # Twice five convolutions, and the enhancer's last with its bias.
            trainable=2 * 5 + 2,
            # The global generator's own last convolution.
            non_trainable=2,
            output_dtype="float32",
            policy_tolerance={"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1},
            fit_policies=(),
        )

    def test_it_computes_what_the_paper_draws(self):
        model = Pix2PixHDEnhancerGenerator(**SMALL, use_edge_map=True)
        label_map = random_label_map((2, 16, 24), 5)
        edge_map = random((2, 16, 24, 1))
        found = model(label_map, edge_map=edge_map)
        inner = model.global_generator.features(
            ops.convert_to_tensor(label_map[:, ::2, ::2]),
            ops.convert_to_tensor(edge_map[:, ::2, ::2]),
        )
        self.assertEqual(inner.shape, (2, 8, 12, 4))
        (enhancer,) = model.enhancers
        x = enhancer._first(label_map, edge_map, None, False)
        self.assertEqual(x.shape, (2, 16, 24, 2))
        x = ops.relu(enhancer.down[0](x)) + inner
        for block in enhancer.blocks:
            x = x + enhancer._residual(*block, x, None, False)
        x = ops.relu(enhancer.up[0](x))
        expected = ops.tanh(enhancer.last_conv(enhancer.last_pad(x)))
        self.assert_close(found, expected, 1e-5)

    def test_the_global_generator_reaches_the_image(self):
        keras.utils.set_random_seed(0)
        model = Pix2PixHDEnhancerGenerator(**SMALL, initializer_gain=1.0)
        label_map = random_label_map((1, 16, 24), 5)
        before = ops.convert_to_numpy(model(label_map))
        kernel = model.global_generator.first_conv.kernel
        kernel.assign(ops.flip(ops.convert_to_tensor(kernel), axis=0))
        after = ops.convert_to_numpy(model(label_map))
        self.assertGreater(np.abs(after - before).max(), 1e-3)

    def test_the_published_one_adds_a_small_enhancer(self):
        size = (1024, 2048)
        model = Pix2PixHDEnhancerGenerator(
            35, size, use_edge_map=True, spectral=False
        )
        count = count_parameters(model)
        (enhancer,) = model.enhancers
        self.assertEqual((enhancer.filters, enhancer.num_blocks), (32, 3))
        whole = count_parameters(
            Pix2PixHDGenerator(
                35, (512, 1024), use_edge_map=True, spectral=False
            )
        )
        last = 64 * 3 * 49 + 3
        self.assertEqual(count, 182_835_171)
        added = sum(np.prod(w.shape) for w in enhancer.trainable_weights)
        self.assertEqual(count - (whole - last), added)

    def test_two_enhancers_double_the_size_twice(self):
        arguments = {**SMALL, "filters": 8, "num_enhancers": 2}
        model = Pix2PixHDEnhancerGenerator(**arguments)
        label_map = random_label_map((1, 16, 24), 5)
        self.assertEqual(model(label_map).shape, (1, 16, 24, 3))
        self.assertEqual([e.filters for e in model.enhancers], [4, 2])

    def test_arguments_are_checked(self):
        for changes, message in (
            ({"filters": 3}, "multiple of 2"),
            ({"image_size": (18, 24)}, "multiples of 4"),
            ({"num_enhancers": 0}, "`num_enhancers`"),
        ):
            with self.assertRaisesRegex(ValueError, message):
                Pix2PixHDEnhancerGenerator(**{**SMALL, **changes})
