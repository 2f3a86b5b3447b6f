import unittest
import unittest.mock

from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints import scgan_generator
from keras_semsynth.checkpoints.spade_generator import official_name
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SemanticVectorGenerator
from tests import golden
from tests import golden_networks


def our_options(options):
    """Our arguments for what the shapes of a state do not tell."""
    edges = not options["no_instance"]
    width = options["crop_size"]
    return {
        "num_classes": options["semantic_nc"] - edges,
        "use_edge_map": edges,
        "image_size": (round(width / options["aspect_ratio"]), width),
        "vector_normalization": options["weight_type"],
        "temperature": options["temperature"],
        "position_code": "pyramid" if options["pyr_pos"] else None,
        "position_range": options["pyr_rng"],
        "position_window": options["ig_sz"],
        "position_deviation": options["ig_sigma"],
        "position_iterations": options["ig_iter"],
        "position_relative": options["ig_relative"],
    }


def inputs_of(file):
    """Label map, and edge map where the last channel is one."""
    labels = file["in/label"]
    if file.options["no_instance"]:
        return {"label_map": file.label_map()}
    return {
        "label_map": labels[:, :-1].argmax(1).astype("int32"),
        "edge_map": golden.to_last(labels[:, -1:]),
    }


class SemanticVectorGeneratorGoldenTest(unittest.TestCase):
    def check(self, name):
        file = golden_networks.NetworkFile(name)
        options = file.options
        given = our_options(options)
        given.pop("image_size")
        given["vector_normalization"] = "none"

        def make(dtype):
            network = SemanticVectorGenerator(
                filters=options["nrf"],
                num_stages=6 + (options["num_upsampling_layers"] == "more"),
                num_conv_candidates=options["num_experts_conv"],
                num_norm_candidates=options["num_experts_norm"],
                spectral=not options["no_spectral_on_routing"],
                dtype=dtype,
                **given,
            )
            network.build()
            table = scgan_generator.vector_generator("", network)
            state = file.state()
            self.assertEqual({entry.key for entry in table}, set(state))
            for entry in table:
                entry.assign(state[entry.key])
            return network, table

        def call(network, inputs, training):
            outputs = network(**inputs_of(file), training=training)
            return {
                "out_im": outputs["semantic_image"],
                **{
                    f"out_weights_{i}": vectors
                    for i, vectors in enumerate(outputs["conv_vectors"])
                },
                **{
                    f"out_weights_norm_{i}": vectors
                    for i, vectors in enumerate(outputs["norm_vectors"])
                },
            }

        golden_networks.NetworkCheck(
            self,
            file,
            make,
            call,
            {},
            limits=golden_networks.LAYER_LIMITS,
        ).run()
        return file, make

    def test_label_fractions(self):
        self.check("scgan_svg_ade")

    def test_position_code(self):
        file, make = self.check("scgan_svg_celeba")
        network, _ = make("float32")
        pyramid = network.label_pyramid(file.label_map())
        for i, (labels, _) in enumerate(pyramid):
            expected = file[f"eval/label_pyramid_{i}"]
            error = golden.error(golden.to_first(labels), expected)
            self.assertLess(error, 1e-6)

    def test_seven_stages(self):
        self.check("scgan_svg_more")


class BlocksGoldenTest(unittest.TestCase):
    @golden.slow_on_jax
    def test_given_vectors(self):
        file = golden_networks.NetworkFile("scgan_srg")
        options = file.options
        temperature = options["temperature"]
        raw = {
            name: golden.to_last(file[f"in/{name}"])
            for name in sorted(file.under("in/"))
            if name.startswith("v_")
        }

        def make(dtype):
            network = SCGANGenerator(
                options["semantic_nc"],
                (options["crop_size"],) * 2,
                filters=options["ngf"],
                start_filters=options["nff"],
                num_conv_candidates=options["num_experts_conv"],
                num_norm_candidates=options["num_experts_norm"],
                hidden_filters=options["spade_hidden"],
                dtype=dtype,
            )
            network.build()
            table = scgan_generator.renderer(network)
            state = file.state()
            for entry in table:
                entry.assign(state[entry.key])
            return network, table

        def call(network, inputs, training):
            vectors = {
                f"{kind}_vectors": [
                    ops.softmax(temperature * inputs[f"v_{kind}_{i}"])
                    for i in range(6)
                ]
                for kind in ("conv", "norm")
            }
            # In the place of what the semantic vector generator finds.
            with unittest.mock.patch.object(
                network.vector_generator,
                "call",
                lambda *args, **kwargs: {**vectors, "semantic_image": 0.0},
            ):
                return {"out": network(file.label_map(), training=training)}

        golden_networks.NetworkCheck(self, file, make, call, raw).run()


class SCGANGeneratorGoldenTest(unittest.TestCase):
    def check(self, name):
        file = golden_networks.NetworkFile(name)

        def make(dtype):
            generator = checkpoints.from_official(
                "scgan_generator",
                file.state("G"),
                **our_options(file.options),
                dtype=dtype,
            )
            return generator, checkpoints.naming_table(generator)

        def call(generator, inputs, training):
            layers = {
                f"tap_{official_name(name)}": block
                for name, block in generator.named_blocks().items()
            }
            if generator.style_dim is None:
                layers["tap_fc"] = generator.fc
            with golden_networks.recorded(**layers) as calls:
                outputs = generator.generate(
                    **inputs_of(file),
                    latent=inputs.get("z"),
                    training=training,
                )
            return {
                "out_image": outputs["image"],
                "out_svg": outputs["semantic_image"],
                **{name: result for name, (_, result) in calls.items()},
                **{
                    f"tap_v_{official_name(name)}_{i}": calls[
                        f"tap_{official_name(name)}"
                    ][0]["level"][kind]
                    for name in generator.named_blocks()
                    for i, kind in enumerate(("conv_vectors", "norm_vectors"))
                },
            }

        latent = {"z": file["in/z"]} if "in/z" in file else {}
        golden_networks.NetworkCheck(self, file, make, call, latent).run()

    @golden.slow_on_jax
    def test_label_start(self):
        self.check("scgan_generator_ade")

    @golden.slow_on_jax
    def test_style_start_and_position_code(self):
        self.check("scgan_generator_celeba")

    @golden.slow_on_jax
    def test_edges_and_seven_stages(self):
        self.check("scgan_generator_cityscapes")
