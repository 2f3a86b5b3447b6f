import hashlib
import json
import os
import pathlib
import re
import tempfile
import unittest
import unittest.mock

import numpy as np

from keras_semsynth import checkpoints
from keras_semsynth.checkpoints import find_weights
from keras_semsynth.checkpoints import find_weights_dir
from keras_semsynth.checkpoints import open_scorer
from keras_semsynth.checkpoints import weights
from keras_semsynth.checkpoints.public_files import PublicFile
from keras_semsynth.checkpoints.registry import CONVERTERS
from keras_semsynth.scorers import LPIPS
from keras_semsynth.scorers import VGG19Features
from tests.checkpoints import pth_files
from tests.checkpoints.test_safetensors import write_safetensors


def write_state(path, state):
    """Writes a state as `torch.save` does; returns the file's SHA-256."""
    body, storages = {}, {}
    for index, (key, value) in enumerate(state.items()):
        value = np.ascontiguousarray(value, "<f4")
        strides = [s // value.itemsize for s in value.strides]
        body[key] = pth_files.tensor(
            pth_files.storage(str(index), value.size), value.shape, strides
        )
        storages[str(index)] = value.tobytes()
    path.parent.mkdir(parents=True, exist_ok=True)
    pth_files.write_zip(str(path), pth_files.mapping(body), storages)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def tiny_state(network):
    network.build()
    return checkpoints.to_official(network)


class WeightsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        environment = unittest.mock.patch.dict(os.environ)
        environment.start()
        self.addCleanup(environment.stop)
        os.environ.pop(weights.ENVIRONMENT, None)

    def publish(self, name, **files):
        """Puts other files into the catalogue for one test."""
        entry = {
            part: PublicFile(names, "somewhere", "some terms", hashes)
            for part, (names, hashes) in files.items()
        }
        patch = unittest.mock.patch.dict(weights.CATALOGUE, {name: entry})
        patch.start()
        self.addCleanup(patch.stop)

    def test_catalogue_names_file_source_and_licence_of_every_scorer(self):
        self.assertEqual(
            {name.removesuffix("_older") for name in weights.CATALOGUE},
            {
                "inception_fid",
                "inception_torchvision",
                "drn_d_105",
                "upernet101",
                "deeplabv2_resnet101",
                "lpips_alex",
                "lpips_vgg",
                "vgg19",
                "vgg16",
                "efficientnet_lite0",
            },
        )
        for name, files in weights.CATALOGUE.items():
            parts = CONVERTERS[name.removesuffix("_older")].parts
            self.assertEqual(set(files), set(parts) or {"weights"}, name)
            for part, public in files.items():
                self.assertIn("http", public.source)
                self.assertTrue(public.licence)
                if part in parts:
                    plain = {n.rpartition("/")[2] for n in public.names}
                    self.assertEqual(plain, set(parts[part]), name)
                for file, published in public.sha256.items():
                    self.assertIn(file, public.names)
                    self.assertIn(len(published), (8, 64))
                    int(published, 16)
                    # A name that has the start of it has the right one.
                    start = re.search(r"-([0-9a-f]{8})\.pth$", file)
                    if start:
                        self.assertEqual(published[:8], start[1])
                # Nothing is fetched that could not be checked.
                if public.address is not None:
                    self.assertTrue(public.address.startswith("https://"))
                    hashes = [public.sha256[public.names[0]]]
                    if public.member is not None:
                        hashes.append(public.archive_sha256)
                    for published in hashes:
                        self.assertRegex(published, "^[0-9a-f]{64}$")
        fid = weights.CATALOGUE["inception_fid"]["weights"]
        for published in fid.sha256.values():
            self.assertEqual(len(published), 64)

    def test_a_missing_file_is_named_with_its_source_and_licence(self):
        for folder, where in (
            (None, "no folder was given"),
            (self.folder,) * 2,
        ):
            with self.assertRaises(FileNotFoundError) as caught:
                open_scorer("drn_d_105", folder)
            message = str(caught.exception)
            for part in (
                "drn-d-105_ms_cityscapes.pth",
                "https://github.com/fyu/drn",
                "non-commercial",
                "`weights_dir`",
                "SEMSYNTH_WEIGHTS",
                str(where),
            ):
                self.assertIn(part, message)

    def test_an_unknown_name_is_an_error_that_lists_the_known(self):
        with self.assertRaisesRegex(ValueError, "'drn_d_105'.*name='drn'"):
            find_weights("drn", self.folder)

    def test_safetensors_stand_in_for_a_published_pth(self):
        state = tiny_state(VGG19Features(width_divisor=64))
        path = self.folder / "vgg19-new.safetensors"
        write_safetensors(path, state)
        names = ("vgg19-new.pth", "vgg19-old.pth")
        self.publish("vgg19", weights=(names, {"vgg19-new.pth": "0" * 64}))
        network, record = open_scorer("vgg19", self.folder)
        (file,) = record.as_dict()["files"]
        self.assertEqual(file["file"], "vgg19-new.safetensors")
        self.assertEqual(file["verified"], "unverified")
        for key, value in checkpoints.to_official(network).items():
            np.testing.assert_array_equal(value, state[key])

    def test_a_file_with_another_hash_is_refused(self):
        self.publish("vgg19", weights=(("a.pth",), {"a.pth": "00000000"}))
        (self.folder / "a.pth").write_bytes(b"tampered")
        digest = hashlib.sha256(b"tampered").hexdigest()
        with self.assertRaisesRegex(
            ValueError, f"not the published file.*{digest}.*00000000.*somewhere"
        ):
            open_scorer("vgg19", self.folder)

    def test_flag_and_environment_tell_the_folder_the_flag_first(self):
        self.assertIsNone(find_weights_dir())
        os.environ[weights.ENVIRONMENT] = "/from/environment"
        self.assertEqual(str(find_weights_dir()), "/from/environment")
        self.assertEqual(str(find_weights_dir("/from/flag")), "/from/flag")
        self.assertEqual(find_weights_dir("~"), pathlib.Path.home())

    def test_a_network_of_one_file_is_opened_and_recorded(self):
        state = tiny_state(VGG19Features(width_divisor=64))
        path = self.folder / "vgg19-old.pth"
        digest = write_state(path, state)
        self.publish(
            "vgg19",
            weights=(
                ("vgg19-new.pth", "vgg19-old.pth"),
                {"vgg19-old.pth": digest[:8]},
            ),
        )
        os.environ[weights.ENVIRONMENT] = str(self.folder)
        network, record = open_scorer("vgg19", name="judge")
        self.assertEqual(network.name, "judge")
        for key, value in checkpoints.to_official(network).items():
            np.testing.assert_array_equal(value, state[key])
        self.assertEqual(
            json.loads(json.dumps(record.as_dict())),
            {
                "name": "vgg19",
                "files": [
                    {
                        "part": "weights",
                        "file": "vgg19-old.pth",
                        "sha256": digest,
                        "published_sha256": digest[:8],
                        "verified": "sha256 prefix (8 digits)",
                        "source": "somewhere",
                        "licence": "some terms",
                    }
                ],
            },
        )
        self.assertEqual(len(record.digest), 64)

    def test_a_network_of_two_files_is_put_together(self):
        state = tiny_state(LPIPS(width_divisor=64))
        trunk = {k: v for k, v in state.items() if k.startswith("features")}
        lin = {k: v for k, v in state.items() if k.startswith("lin")}
        write_state(self.folder / "trunk.pth", trunk)
        # Without its folder: the hash tells which it is.
        digest = write_state(self.folder / "alex.pth", lin)
        self.publish(
            "lpips_alex",
            trunk=(("trunk.pth",), {}),
            lin=(("v0.1/alex.pth",), {"v0.1/alex.pth": digest}),
        )
        network, record = open_scorer("lpips_alex", self.folder)
        self.assertEqual(network.backbone, "alex")
        for key, value in checkpoints.to_official(network).items():
            np.testing.assert_array_equal(value, state[key])
        self.assertEqual([f["part"] for f in record.files], ["trunk", "lin"])
        self.assertIsNone(record.files[0]["published_sha256"])
        self.assertEqual(
            [f["verified"] for f in record.files], ["unverified", "sha256"]
        )

    def test_generations_of_upernet_are_told_by_their_folder(self):
        for folder in ("baseline-resnet101-upernet", "."):
            for part in ("encoder", "decoder"):
                path = self.folder / folder / f"{part}_epoch_50.pth"
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(folder.encode())
        with self.assertRaisesRegex(FileNotFoundError, "ade20k-resnet101-upe"):
            open_scorer("upernet101", self.folder)
        for name, options in (
            ("upernet101", {"generation": "older"}),
            ("upernet101_older", {}),
        ):
            with unittest.mock.patch.object(weights, "from_official") as opened:
                _, record = open_scorer(name, self.folder, **options)
            ((network, state), keywords) = opened.call_args
            self.assertEqual(network, "upernet101")
            self.assertEqual(keywords, {"generation": "older"})
            self.assertEqual(list(state), ["encoder", "decoder"])
            self.assertEqual(record.name, "upernet101_older")
            self.assertIn("baseline-resnet101-upernet", str(state["encoder"]))

    def test_a_perceptual_file_is_told_by_its_hash_not_by_its_name(self):
        path = self.folder / "vgg19-dcbb9e9d.pth"
        digest = write_state(path, {"a": np.ones(3)})
        record = weights.record_file(path)
        self.assertEqual(
            record,
            {"file": path.name, "sha256": digest, "verified": "unverified"},
        )
        self.publish("vgg19", weights=(("b.pth",), {"b.pth": digest}))
        self.assertEqual(weights.record_file(path)["verified"], "sha256")
        self.publish("vgg19", weights=(("b.pth",), {}))
        md5 = hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
        with unittest.mock.patch.object(weights, "_KERAS_MD5", {md5}):
            self.assertEqual(weights.record_file(path)["verified"], "md5")
