import keras
import numpy as np

from keras_semsynth import backend
from keras_semsynth.generators import ConditionedPix2PixHDGenerator
from keras_semsynth.generators import Pix2PixHDEnhancerGenerator
from keras_semsynth.generators import Pix2PixHDGenerator
from tests.semsynth_test_case import SemsynthTestCase
from tests.semsynth_test_case import count_parameters
from tests.semsynth_test_case import one_hot_map
from tests.semsynth_test_case import random
from tests.semsynth_test_case import random_label_map

SMALL = {
    "num_classes": 5,
    "image_size": (12, 20),
    "filters": 3,
    "num_downsamplings": 2,
    "num_blocks": 1,
}
HALF = {"mixed_float16": 5e-2, "mixed_bfloat16": 4e-1}


class Pix2PixHDGeneratorTest(SemsynthTestCase):
    def test_contract(self):
        self.check_layer(
            Pix2PixHDGenerator,
            SMALL,
            call_args=[random_label_map((2, 12, 20), 5)],
            output_shape=(2, 12, 20, 3),
            # Seven kernels without bias; the last convolution has one.
            trainable=7 + 2,
            non_trainable=7 * 2,
            output_dtype="float32",
            policy_tolerance=HALF,
            fit_policies=("mixed_bfloat16",),
            jit_compile=False,
        )

    def test_contract_of_pix2pixhd_plus_plus(self):
        self.check_layer(
            Pix2PixHDGenerator,
            {
                **SMALL,
                "normalization": "sync_batch",
                "kernel_size": 5,
                "initial_kernel_size": 5,
            },
            call_args=[random_label_map((2, 20, 24), 5)],
            output_shape=(2, 20, 24, 3),
            # Every norm has a scale, an offset and two statistics.
            trainable=7 + 2 + 7 * 2,
            non_trainable=7 * 2 + 7 * 2,
            output_dtype="float32",
            policy_tolerance=HALF,
            fit_policies=(),
            jit_compile=False,
        )

    def test_contract_without_spectral_norm(self):
        self.check_layer(
            Pix2PixHDGenerator,
            {
                **SMALL,
                "normalization": "none",
                "spectral": False,
                # The default gain would leave nothing for float16 to hold.
                "initializer": "kaiming",
            },
            call_args=[random_label_map((2, 12, 20), 5)],
            output_shape=(2, 12, 20, 3),
            trainable=8 * 2,
            non_trainable=0,
            output_dtype="float32",
            policy_tolerance=HALF,
            fit_policies=(),
            jit_compile=False,
        )

    def test_contract_with_resize_convolutions(self):
        self.check_layer(
            Pix2PixHDGenerator,
            {**SMALL, "resize_convolution": True},
            call_args=[random_label_map((2, 12, 20), 5)],
            output_shape=(2, 12, 20, 3),
            trainable=7 + 2,
            non_trainable=7 * 2,
            output_dtype="float32",
            policy_tolerance=HALF,
            fit_policies=(),
            jit_compile=False,
        )

    def test_resize_convolutions_start_without_a_checkerboard(self):
        inside = (slice(None), slice(24, 40), slice(24, 40))
        for resize_convolution in (True, False):
            generator = Pix2PixHDGenerator(
                num_classes=5,
                image_size=(64, 64),
                filters=3,
                num_downsamplings=1,
                num_blocks=0,
                resize_convolution=resize_convolution,
                initializer="xavier_uniform",
            )
            images = generator(np.full((1, 64, 64), 2))
            images = keras.ops.convert_to_numpy(images)[inside]
            spread = float(np.ptp(images, axis=(1, 2)).max())
            if resize_convolution:
                self.assertLess(spread, 1e-5)
            else:
                self.assertGreater(spread, 1e-2)

    def test_at_inference_resize_convolutions_give_the_same_image(self):
        label_map = random_label_map((2, 24, 40), 5)
        for generator_class in (
            Pix2PixHDGenerator,
            Pix2PixHDEnhancerGenerator,
            ConditionedPix2PixHDGenerator,
        ):
            with self.subTest(generator_class.__name__):
                generator = generator_class(
                    **{**SMALL, "image_size": (24, 40), "filters": 4},
                    resize_convolution=True,
                    spectral=False,
                    initializer="kaiming",
                )
                generator.build()
                expected = keras.ops.convert_to_numpy(generator(label_map))
                found = backend.compiled(generator)(label_map=label_map)
                found = keras.ops.convert_to_numpy(found)
                self.assert_close(found, expected, 1e-5)

    def test_parameter_counts_are_those_of_the_official_networks(self):
        for classes, edges, instance, batch in [
            (151, False, 182_886_019, 182_928_771),
            (183, True, 182_989_507, 183_032_259),
            (35, True, 182_525_379, 182_568_131),
            (13, False, 182_453_251, 182_496_003),
        ]:
            for normalization, expected in [
                ("instance", instance),
                ("sync_batch", batch),
            ]:
                generator = Pix2PixHDGenerator(
                    classes, use_edge_map=edges, normalization=normalization
                )
                self.assertEqual(count_parameters(generator), expected)

    def test_dynamic_sizes_give_what_static_sizes_give(self):
        generator = Pix2PixHDGenerator(**SMALL)
        inputs = keras.Input((None, None), dtype="int32")
        model = keras.Model(inputs, generator(inputs))
        model.compile(jit_compile=keras.backend.backend() == "jax")
        for height, width in [(12, 20), (24, 8)]:
            label_map = random_label_map((2, height, width), 5)
            self.assert_close(
                model.predict(label_map, verbose=0), generator(label_map), 1e-5
            )

    def test_a_soft_one_hot_label_map_gives_the_same_image(self):
        generator = Pix2PixHDGenerator(**SMALL, use_edge_map=True)
        label_map = random_label_map((1, 12, 20), 5)
        edge_map = np.abs(random((1, 12, 20, 1)))
        self.assert_close(
            generator(one_hot_map(label_map, 5), edge_map=edge_map),
            generator(label_map, edge_map=edge_map),
            1e-4,
        )

    def test_bad_arguments_are_named(self):
        for bad, message in [
            ({"num_classes": 0}, "`num_classes` must be"),
            ({"num_blocks": -1}, "`num_blocks` must be"),
            ({"num_downsamplings": -1}, "`num_downsamplings` must be"),
            ({"kernel_size": 2}, "`kernel_size` must be a positive odd"),
            ({"initial_kernel_size": 6}, "`initial_kernel_size` must be a"),
            ({"normalization": "layer"}, "`normalization` must be one of"),
            ({"image_size": (12, 22)}, "`image_size` must be .* of 4"),
            ({"initializer": "he"}, "`initializer` must be one of"),
        ]:
            with self.subTest(**bad):
                with self.assertRaisesRegex(ValueError, message):
                    Pix2PixHDGenerator(**{**SMALL, **bad})

    def test_bad_inputs_are_named(self):
        generator = Pix2PixHDGenerator(**SMALL)
        label_map = random_label_map((1, 12, 20), 5)
        with self.assertRaisesRegex(ValueError, "without a latent input"):
            generator(label_map, latent=random((1, 8)))
        with self.assertRaisesRegex(ValueError, "multiple of 4"):
            generator(label_map[:, :10])
