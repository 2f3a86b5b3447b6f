"""Files that ask for gigabytes, for ever, or to act: one sentence each."""

import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import time
import tracemalloc
import unittest
import unittest.mock

import pytest

from keras_semsynth.checkpoints import candidates
from keras_semsynth.checkpoints import from_official
from keras_semsynth.checkpoints import read_pth
from keras_semsynth.checkpoints.state import open_state
from tests.checkpoints import damaged_pth
from tests.checkpoints import hostile_pth

MOST_BYTES = 32 * 2**20
# Sizes of a network are compared only once it is built without memory.
SLOW = {name for name in hostile_pth.FILES if name.startswith("width of")}
TOLD = {"use_edge_map": False, "image_size": (64, 64), "upsampling": "normal"}


class HostileFilesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.path = self.folder / "latest_net_G.pth"

    def assertOneSentence(self, text):
        self.assertIn("latest_net_G.pth", text)
        self.assertNotIn("\n", text.strip())
        self.assertLess(len(text), 1000)
        self.assertTrue(text.isprintable(), repr(text))

    def test_each_is_one_sentence_and_asks_for_nothing(self):
        self.assertGreaterEqual(len(hostile_pth.FILES), 80)
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for name, content in hostile_pth.FILES.items():
            if name in SLOW | hostile_pth.READ_BUT_OF_NO_NETWORK:
                continue
            with self.subTest(name=name):
                self.path.write_bytes(content)
                tracemalloc.reset_peak()
                start = tracemalloc.get_traced_memory()[0]
                with self.assertRaises(ValueError) as caught:
                    open_state(self.path)
                self.assertOneSentence(str(caught.exception))
                peak = tracemalloc.get_traced_memory()[1]
                self.assertLess(peak - start, MOST_BYTES)
        self.assertEqual(os.listdir("."), [self.path.name])

    def test_what_a_file_holds_is_never_a_path(self):
        weights = hostile_pth.state(w=hostile_pth.ONE)
        (self.folder / "other.pth").write_bytes(weights)
        self.path.write_bytes(hostile_pth.FILES["the path of another file"])
        before = os.getcwd()
        os.chdir(self.folder)
        self.addCleanup(os.chdir, before)
        self.assertIn("w", open_state("other.pth"))
        with self.assertRaisesRegex(ValueError, "Received: str"):
            open_state(self.path)

    def test_a_small_file_makes_no_large_network(self):
        for name in sorted(SLOW):
            with self.subTest(name=name):
                self.path.write_bytes(hostile_pth.FILES[name])
                with self.assertRaisesRegex(
                    ValueError, r"ask for .* of [\d,]+ numbers, but it holds"
                ) as caught:
                    from_official("spade_generator", self.path, **TOLD)
                self.assertNotIn("\n", str(caught.exception))

    def test_what_is_in_a_file_once_is_made_once(self):
        def read(name):
            self.path.write_bytes(hostile_pth.FILES[name])
            return read_pth(self.path)

        # Ten times the list before, forty times over.
        content = read("lists that share themselves")
        self.assertIs(content[0], content[9])
        content = read("dicts that share themselves")
        self.assertIs(content["k0"], content["k9"])
        wide = hostile_pth.zipped(hostile_pth.shared_dicts(4, 20))
        self.path.write_bytes(wide)
        with (
            unittest.mock.patch.object(candidates, "_MOST_ENTRIES", 1000),
            self.assertRaisesRegex(ValueError, "over and over"),
        ):
            open_state(self.path)

    @pytest.mark.slow
    def test_convert_under_a_limit_of_memory(self):
        files = {}
        for index, (name, content) in enumerate(hostile_pth.FILES.items()):
            file = f"{index:03}.pth"
            (self.folder / file).write_bytes(content)
            files[file] = name
        result = subprocess.run(
            [sys.executable, "-m", "tests.checkpoints.hostile_child"]
            + [str(self.folder)],
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 0, result.stderr)
        rows = [json.loads(line) for line in result.stdout.splitlines()]
        self.assertEqual([row["file"] for row in rows], list(files))
        for row in rows:
            name = files[row["file"]]
            size = len(hostile_pth.FILES[name])
            said = row["printed"].replace(row["file"], "FILE")
            print(
                f"{name:38} {size:6} {row['seconds']:5.2f} s "
                f"{row['megabytes']:6.1f} MiB  {said[:100]!r}"
            )
            with self.subTest(name=name):
                self.assertEqual(row["status"], 2)
                self.assertEqual(row["acted"], [])
                self.assertEqual(row["written"], [])
                self.assertEqual(row["printed"].count("\n"), 1)
                self.assertLess(row["seconds"], 30)
                self.assertLess(row["megabytes"], 256)


@pytest.mark.slow
class MutatedFilesTest(unittest.TestCase):
    """Good files with bytes exchanged: read, or refused, and that soon."""

    COUNT = 2000

    def test_random_mutations(self):
        draw = random.Random(0)
        good = list(damaged_pth.FILES.items())
        refused = 0
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "a.pth")
            for index in range(self.COUNT):
                name, content = good[index % len(good)]
                if name in damaged_pth.PICKLES and draw.random() < 0.8:
                    # Inside, where no checksum notices.
                    inside = damaged_pth.PICKLES[name]
                    content = hostile_pth.raw(damaged_pth.mutated(inside, draw))
                else:
                    content = damaged_pth.mutated(content, draw)
                path.write_bytes(content)
                tracemalloc.reset_peak()
                start = time.process_time()
                try:
                    open_state(path)
                except ValueError as error:
                    refused += 1
                    self.assertLess(len(str(error)), 3000)
                except Exception as error:
                    raise AssertionError(content) from error
                self.assertLess(time.process_time() - start, 1, content)
                peak = tracemalloc.get_traced_memory()[1]
                self.assertLess(peak, 256 * 2**20, content)
        self.assertGreater(refused, self.COUNT // 4)
