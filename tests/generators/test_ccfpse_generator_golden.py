import unittest

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints.ccfpse_generator import is_unused
from keras_semsynth.checkpoints.spade_generator import official_name
from tests import golden


class TrainingCheck(golden.ForwardCheck):
    """Judges images in training mode as is suggested with the files.

    Activations have heavy tails there: relative L2, limit 1e-3.
    """

    def _compare(self, key, actual, measure, limit):
        if key == "out/train/image":
            measure, limit = golden.relative_l2, 1e-3
        super()._compare(key, actual, measure, limit)


def image_size(options):
    """Height and width the official options give."""
    doublings = 6 if options["dataset_mode"] == "cityscapes" else 5
    width = options["crop_size"] // 2**doublings
    height = round(width / options["aspect_ratio"])
    return height << doublings, width << doublings


class CCFPSEGeneratorGoldenTest(unittest.TestCase):
    def check(self, name):
        file, inputs, make = self.open(name)

        def call(generator, latent, training):
            image = generator(
                **inputs, latent=latent.get("z"), training=training
            )
            return {"image": image}

        latent = {"z": file["in/z"]} if "in/z" in file else {}
        # Limit for whole networks, measured elsewhere at 4e-5.
        TrainingCheck(self, file, make, call, latent, 1e-4).run()

    def check_contexts(self, name):
        file, inputs, make = self.open(name)

        def call(generator, _, training):
            layout = {"label_map": inputs["label_map"]}
            if generator.use_edge_map:
                layout["extra_map"] = inputs["edge_map"]
            features = [
                level["extra_map"][..., generator.extra_channels :]
                for level in generator.layout_levels(layout, training)
            ]
            return {
                f"context_{official_name(name)}": context
                for blocks, context in zip(
                    generator.levels, features, strict=True
                )
                for name, _ in blocks
            }

        # Limit for whole networks; measured elsewhere at 8e-6.
        golden.ForwardCheck(self, file, make, call, {}, 1e-4).run()

    def open(self, name):
        file = golden.Golden(name)
        inputs = file.network_inputs()
        state = file.state()
        # What the batch norms that are never called leave behind.
        file.arrays = {
            key: value
            for key, value in file.arrays.items()
            if not is_unused(key)
        }

        def make():
            generator = checkpoints.from_official(
                "ccfpse_generator",
                state,
                image_size=image_size(file.options),
                use_edge_map="edge_map" in inputs,
            )
            return generator, checkpoints.naming_table(generator)

        return file, inputs, make

    @golden.slow_on_jax
    def test_style_code(self):
        self.check("ccfpse_generator")

    @golden.slow_on_jax
    def test_start_from_the_label_map(self):
        self.check("ccfpse_generator_novae")

    @golden.slow_on_jax
    def test_cityscapes(self):
        self.check("ccfpse_generator_cityscapes")

    @golden.slow_on_jax
    def test_label_feature_pyramid(self):
        self.check_contexts("ccfpse_weight_prediction")

    @golden.slow_on_jax
    def test_label_feature_pyramid_of_cityscapes(self):
        self.check_contexts("ccfpse_weight_prediction_cityscapes")
