import unittest

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints.official import find_converter
from keras_semsynth.experiments import preset_options
from keras_semsynth.experiments import presets_of
from keras_semsynth.generators import OASISGenerator
from keras_semsynth.generators import SCGANGenerator
from tests import golden
from tests import golden_networks
from tests.checkpoints.test_converter import convert
from tests.checkpoints.test_converter import official
from tests.checkpoints.test_converter import tiny_generator
from tests.generators.test_scgan_generator_golden import our_options


class UntoldOptionsTest(unittest.TestCase):
    def assertAsks(self, name, state, options, expected):
        """`expected` are the options asked for, and no others."""
        with self.assertRaises(checkpoints.UntoldOptionsError) as caught:
            convert(name, state, **options)
        for option in find_converter(name).untold:
            asked = str(option) in str(caught.exception)
            self.assertEqual(asked, option.names[0] in expected, option)

    def test_a_label_start_has_doublings_and_a_style_code_a_size(self):
        state = official(tiny_generator())
        size = {"image_size": (64, 64)}
        edges = {"use_edge_map": False}
        told = {**size, **edges}
        self.assertAsks("spade_generator", state, told, {"upsampling"})
        all_three = {"use_edge_map", "upsampling", "image_size"}
        self.assertAsks("spade_generator", state, {}, all_three)
        # The number of classes tells whether there are edges.
        normal = {"upsampling": "normal", "num_classes": 3, **size}
        copy = convert("spade_generator", state, **normal)
        self.assertTrue(copy.use_edge_map)
        state = official(tiny_generator(style_dim=3))
        both = {"upsampling", "image_size"}
        self.assertAsks("spade_generator", state, edges, both)
        self.assertEqual(
            convert("spade_generator", state, **told).upsampling, "normal"
        )
        # A seventh doubling has a block of its own.
        most = tiny_generator(upsampling="most", image_size=(128, 128))
        told["image_size"] = (128, 128)
        convert("spade_generator", official(most), **told)

    def test_a_position_code_has_options_of_its_own(self):
        network = SCGANGenerator(
            3,
            image_size=(64, 64),
            filters=1,
            start_filters=1,
            vector_filters=4,
            hidden_filters=2,
        )
        state = official(network)
        told = {
            "num_classes": 3,
            "image_size": (64, 64),
            "vector_normalization": "relu",
        }
        # Three channels are the labels, or the photograph to start from.
        expected = {"position_code", "start"}
        self.assertAsks("scgan_generator", state, told, expected)
        told |= {"start": "label_map", "position_code": "full"}
        more = {"window", "deviation", "iterations", "relative"}
        expected = {f"position_{name}" for name in more}
        self.assertAsks("scgan_generator", state, told, expected)
        told["position_code"] = "pyramid"
        expected.add("position_range")
        self.assertAsks("scgan_generator", state, told, expected)

    def test_noise_is_not_guessed(self):
        small = {"image_size": (32, 32), "filters": 1, "hidden_filters": 1}
        state = official(OASISGenerator(70, noise_dim=None, **small))
        size = {"image_size": (32, 32)}
        self.assertAsks("oasis_generator", state, size, {"noise_dim"})
        copy = convert("oasis_generator", state, noise_dim=None, **size)
        self.assertEqual((copy.num_classes, copy.noise_dim), (70, None))

    def test_the_generations_of_one_scorer_are_told_apart_by_nothing(self):
        untold = find_converter("upernet101").untold
        self.assertEqual([o.names for o in untold], [("generation",)])


class PresetOptionsTest(unittest.TestCase):
    def test_a_preset_has_all_that_a_file_does_not_tell(self):
        for name, converter in checkpoints.CONVERTERS.items():
            for preset in presets_of(name):
                options = preset_options(preset, name)
                for option in converter.untold:
                    self.assertTrue(set(option.names) & set(options), option)
        self.assertGreater(len(presets_of("spade_generator")), 3)
        self.assertEqual(presets_of("vgg19"), [])

    def test_published_values(self):
        for preset, temperature, code in (
            ("scgan_ade20k_256", 0.05, None),
            ("scgan_coco_stuff_256", 0.5, None),
            ("scgan_celebamask_hq_512", 0.05, "pyramid"),
        ):
            options = preset_options(preset, "scgan_generator")
            self.assertEqual(options["temperature"], temperature)
            self.assertEqual(options["position_code"], code)
        options = preset_options("spade_cityscapes_512", "spade_generator")
        self.assertEqual(options["image_size"], (256, 512))
        self.assertEqual(options["upsampling"], "more")
        self.assertTrue(options["use_edge_map"])

    def test_another_network_is_refused_with_the_presets_that_have_it(self):
        with self.assertRaisesRegex(ValueError, "scgan_coco_stuff_256"):
            preset_options("spade_ade20k_256", "scgan_generator")


class SCGANOptionsGoldenTest(unittest.TestCase):
    """The official image, with each option right, wrong and left out."""

    # A wrong value of each; the file is of a label start.
    WRONG = {
        "temperature": 0.05,
        "vector_normalization": "sigmoid",
        "position_code": "full",
    }

    @golden.slow_on_jax
    def test_only_the_options_of_training_give_the_official_image(self):
        file = golden_networks.NetworkFile("scgan_generator_ade")
        state, right = file.state("G"), our_options(file.options)
        expected = file["eval/out_image"]

        def error(**changes):
            options = {**right, **changes}
            generator = convert("scgan_generator", state, **options)
            image = generator(file.label_map())
            return golden.error(golden.to_first(image), expected)

        limit = golden_networks.LIMITS["eval"]
        self.assertLess(error(), limit)
        for name, value in self.WRONG.items():
            with self.subTest(option=name):
                self.assertNotEqual(right[name], value)
                self.assertGreater(error(**{name: value}), 10 * limit)
                left = {k: v for k, v in right.items() if k != name}
                with self.assertRaisesRegex(
                    checkpoints.UntoldOptionsError, f"`{name}`"
                ):
                    convert("scgan_generator", state, **left)
