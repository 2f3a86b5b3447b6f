import contextlib
import io
import os
import tempfile
import unittest

import keras
import numpy as np
from keras import ops

from keras_semsynth import checkpoints
from keras_semsynth.commands import convert
from keras_semsynth.encoders import StyleEncoder
from keras_semsynth.generators import SCGANGenerator
from keras_semsynth.generators import SPADEGenerator
from tests import golden
from tests.checkpoints import pth_files


def write_state(path, state):
    body, storages = {}, {}
    for index, (key, value) in enumerate(state.items()):
        value = np.ascontiguousarray(value, "<f4")
        strides = [s // value.itemsize for s in value.strides]
        body[key] = pth_files.tensor(
            pth_files.storage(str(index), value.size), value.shape, strides
        )
        storages[str(index)] = value.tobytes()
    pth_files.write_zip(path, pth_files.mapping(body), storages)


class ConvertCommandTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_command(self, *arguments):
        """Returns `(status, standard output, standard error)`."""
        out, err = io.StringIO(), io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            golden.undrawn_weights(),
        ):
            try:
                status = convert.main(["convert", *arguments])
            except SystemExit as stop:
                status = stop.code
        return status, out.getvalue(), err.getvalue()

    def encoder(self):
        """Writes the state of a tiny encoder; returns it and its flags."""
        encoder = StyleEncoder(filters=2, style_dim=3)
        encoder.build()
        source = self.path("latest_net_E.pth")
        write_state(source, checkpoints.to_official(encoder))
        return encoder, ["--network=spade_encoder", f"--input={source}"]

    def test_a_generator_becomes_a_keras_file_with_the_options_given(self):
        generator = SPADEGenerator(
            4,
            image_size=(64, 128),
            filters=2,
            hidden_filters=3,
            upsampling="more",
            normalization="batch",
            use_edge_map=True,
        )
        generator.build()
        source = self.path("latest_net_G.pth")
        write_state(source, checkpoints.to_official(generator))
        # The folder need not exist.
        target = self.path("new/generator.keras")
        status, out, err = self.run_command(
            "--network=spade_generator",
            f"--input={source}",
            f"--output={target}",
            "--image_size=64x128",
            "--upsampling=more",
            "--normalization=batch",
            "--use_edge_map",
        )
        self.assertEqual((status, err), (0, ""))
        self.assertIn("num_classes=4", out)
        copy = keras.saving.load_model(target)
        inputs = {
            "label_map": np.ones((1, 64, 128), "int32"),
            "edge_map": np.ones((1, 64, 128, 1), "float32"),
        }
        np.testing.assert_array_equal(
            ops.convert_to_numpy(copy(**inputs)),
            ops.convert_to_numpy(generator(**inputs)),
        )
        self.assertEqual(os.listdir(self.path("new")), ["generator.keras"])

    def test_weights_alone_are_written_for_a_weights_file(self):
        encoder, flags = self.encoder()
        target = self.path("encoder.weights.h5")
        status, _, _ = self.run_command(*flags, f"--output={target}")
        self.assertEqual(status, 0)
        copy = StyleEncoder(filters=2, style_dim=3)
        copy.build()
        copy.load_weights(target)
        for ours, theirs in zip(encoder.weights, copy.weights, strict=True):
            np.testing.assert_array_equal(
                ops.convert_to_numpy(ours.value),
                ops.convert_to_numpy(theirs.value),
            )

    def test_an_existing_file_is_replaced_only_on_demand(self):
        _, flags = self.encoder()
        target = self.path("encoder.keras")
        with open(target, "w") as file:
            file.write("precious")
        flags.append(f"--output={target}")
        status, _, err = self.run_command(*flags)
        self.assertEqual(status, 2)
        self.assertIn("pass --overwrite", err)
        with open(target) as file:
            self.assertEqual(file.read(), "precious")
        status, _, _ = self.run_command(*flags, "--overwrite")
        self.assertEqual(status, 0)
        self.assertIsInstance(keras.saving.load_model(target), StyleEncoder)

    def test_a_file_that_does_not_fit_lists_its_keys_and_writes_nothing(self):
        _, flags = self.encoder()
        target = self.path("encoder.keras")
        status, _, err = self.run_command(
            *flags, f"--output={target}", "--filters=3"
        )
        self.assertEqual(status, 2)
        self.assertIn("filters=3 was given, the shapes say 2", err)
        self.assertIn("\n  fc_mu.weight: expected", err)
        self.assertNotIn("Traceback", err)
        self.assertFalse(os.path.exists(target))

    def test_each_mistake_is_one_sentence(self):
        _, flags = self.encoder()
        output = f"--output={self.path('encoder.keras')}"
        for arguments, message in (
            (flags, "--output must be set"),
            ([*flags, "--output=encoder.pth"], "must end in .keras"),
            ([*flags, output, "--filters=two"], "--filters must be a whole"),
            (
                [*flags, output, "--upsampling=more"],
                "no flag --upsampling with --network=spade_encoder",
            ),
            ([*flags, output, "--preset=oasis_ade20k_256"], "spade_style_ade"),
            ([output], "--network must be set"),
            (["--network=spade_encoder", output], "--input must be set"),
            ([flags[0], "--input=none.pth", output], "none.pth"),
            (["--network=spade", *flags[1:], output], "spade_generator"),
            ([*flags, output, "surplus"], "surplus"),
        ):
            with self.subTest(arguments=arguments):
                status, _, err = self.run_command(*arguments)
                self.assertEqual(status, 2)
                self.assertIn(message, err)
                self.assertNotIn("Traceback", err)

    def test_help_shows_the_flags_of_the_network(self):
        status, out, _ = self.run_command("--help")
        self.assertEqual(status, 0)
        for flag in ("--network", "--preset", "--overwrite"):
            self.assertIn(flag, out)
        self.assertNotIn("--temperature", out)
        _, out, _ = self.run_command("--network=scgan_generator", "--help")
        self.assertIn("--temperature=0.05\n    float > 0.", out)
        _, out, _ = self.run_command("--network=vgg19", "--help")
        self.assertNotIn("--temperature", out)

    def test_every_option_of_every_network_has_a_flag(self):
        for network, converter in checkpoints.CONVERTERS.items():
            groups = convert.main.groups([f"--network={network}"])
            flags = {flag for group in groups for flag in group.arguments}
            options = set(converter.option_names())
            self.assertLessEqual(options, flags, network)

    def test_what_the_file_does_not_tell_is_asked_for_or_in_a_preset(self):
        generator = SCGANGenerator(
            2,
            image_size=(32, 32),
            filters=1,
            start_filters=24,
            vector_filters=24,
            num_conv_candidates=2,
            num_norm_candidates=3,
            temperature=0.5,
        )
        with golden.undrawn_weights():
            generator.build()
        source = self.path("latest_net_G.pth")
        write_state(source, checkpoints.to_official(generator))
        target = self.path("generator.keras")
        flags = [
            "--network=scgan_generator",
            f"--input={source}",
            f"--output={target}",
        ]
        status, _, err = self.run_command(*flags, "--use_edge_map=false")
        self.assertEqual(status, 2)
        for text in (
            "--vector_normalization (softmax, sigmoid, tanh, hard_tanh, relu "
            "or none; ",
            "--temperature (a number above 0; published: 0.05, COCO-Stuff 0.5)",
            "--position_code (none, full or pyramid; published: none, Celeb",
            "let --preset fill them: scgan_ade20k_256",
        ):
            self.assertIn(text, err)
        self.assertNotIn("--use_edge_map", err)
        self.assertFalse(os.path.exists(target))
        # This one is of another width and other classes.
        status, out, err = self.run_command(
            *flags,
            "--preset=scgan_coco_stuff_256",
            "--num_classes=2",
            "--filters=1",
            "--hidden_filters=128",
        )
        self.assertEqual((status, err), (0, ""))
        self.assertIn("temperature=0.5", out)
