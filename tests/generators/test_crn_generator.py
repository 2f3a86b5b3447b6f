import numpy as np
from keras import ops

from keras_semsynth.generators import CRNGenerator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random_label_map

SMALL = {"num_classes": 5, "image_size": (8, 12), "filters": 6}


class CRNGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            CRNGenerator,
            {**SMALL, "num_modules": 3},
            call_args=[random_label_map((2, 8, 12), 5)],
            output_shape=(2, 8, 12, 3),
            trainable=3 * 8 + 2,
            non_trainable=0,
            output_dtype="float32",
            policy_tolerance={"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1},
            jit_compile=False,
        )

    def test_full_sizes_have_the_widths_of_the_paper(self):
        # The paper counts 105 million at 1024x2048; see the class.
        for arguments, count in (
            ((20, (1024, 2048), 1024, 9), 98_687_139),
            ((151, (256, 256)), 105_119_235),
        ):
            with self.subTest(arguments=arguments):
                model = CRNGenerator(*arguments)
                self.assertEqual(count_parameters(model), count)
        self.assertEqual(
            [module.filters for module in model.refinements],
            [1024, 1024, 1024, 1024, 1024, 512, 512],
        )

    def test_every_module_reads_averaged_labels(self):
        label_map = random_label_map((2, 8, 12), 5)
        model = CRNGenerator(**SMALL, num_modules=3)
        model.build()
        x = None
        for module, step in zip(model.refinements, (4, 2, 1), strict=True):
            soft = one_hot_map(label_map, 5)
            soft = soft.reshape(2, 8 // step, step, 12 // step, step, 5)
            x = module(soft.mean((2, 4)), x)
        expected = model.last_conv(x)
        self.assert_close(model(label_map, training=True), expected, 1e-5)

    def test_training_sees_the_linear_output_and_use_a_clipped_one(self):
        model = CRNGenerator(**SMALL, num_modules=2)
        label_map = random_label_map((2, 8, 12), 5)
        model.build()
        model.last_conv.bias.assign([5.0, 0.0, -5.0])
        raw = ops.convert_to_numpy(model(label_map, training=True))
        self.assertGreater(np.abs(raw).max(), 1.0)
        self.assert_close(model(label_map), raw.clip(-1, 1), 1e-6)

    def test_noise_chooses_among_several_images(self):
        model = CRNGenerator(**SMALL, num_modules=2, num_images=3)
        label_map = random_label_map((3, 8, 12), 5)
        model.build()
        images = model.images(label_map)
        self.assertEqual(images.shape, (3, 3, 8, 12, 3))
        chosen = model(
            label_map,
            latent=np.float32([[0, 1, -2], [3, 1, 2], [-3, -2, -1]]),
            training=True,
        )
        images = ops.convert_to_numpy(images)
        expected = np.stack([images[0, 1], images[1, 0], images[2, 2]])
        self.assert_close(chosen, expected, 1e-6)
        many = [
            ops.convert_to_numpy(model(label_map[:1], seed=seed)).tobytes()
            for seed in range(20)
        ]
        self.assertEqual(len(set(many)), 3)
        self.assertEqual((model.latent_kind, model.latent_size), ("noise", 3))

    def test_one_image_takes_no_noise(self):
        model = CRNGenerator(**SMALL, num_modules=2)
        self.assertIsNone(model.latent_kind)
        with self.assertRaisesRegex(ValueError, "without a latent input"):
            model(
                random_label_map((1, 8, 12), 5), latent=np.zeros((1, 1), "f4")
            )

    def test_sizes_fit_the_number_of_modules(self):
        with self.assertRaisesRegex(ValueError, "multiples of 64"):
            CRNGenerator(5, (32, 64))
