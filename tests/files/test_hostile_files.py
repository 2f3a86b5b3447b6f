import json
import os
import pathlib
import subprocess
import sys
import unittest

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# What a child may use has 1 GiB; that is what it does use.
MOST_MIB = 64


@pytest.mark.slow
@pytest.mark.skipif(
    not pathlib.Path("/proc/self/clear_refs").exists(),
    reason="peak memory is read from /proc",
)
class HostileFilesTest(unittest.TestCase):
    def open_all(self, kind):
        result = subprocess.run(
            [sys.executable, "-m", "tests.files.hostile_child", kind],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
        )
        self.assertEqual(result.returncode, 0, result.stderr[-2000:])
        *rows, last = map(json.loads, result.stdout.splitlines())
        # Neither the code in the files ran, nor did anything stay.
        left = {"dataset.json", "good.keras", "hostile.keras", "secret.h5"}
        self.assertLessEqual(set(last["left"]), left)
        for row in rows:
            self.assertLess(row["MiB"], MOST_MIB, row)
            self.assertLess(row["seconds"], 60, row)
        return rows

    def test_each_is_a_sentence_within_little_memory(self):
        rows = self.open_all("table")
        self.assertGreater(len(rows), 150)
        for row in rows:
            sentence = row["sentence"] or ""
            print(
                f"{row['name'][:34]:34} {row['bytes']:9} "
                f"{row['seconds']:6.2f} s {row['MiB']:5.1f} MiB  "
                f"{sentence[:90]}"
            )
            self.assertTrue(sentence.endswith("."), row)
            self.assertNotIn("\n", sentence)
            self.assertLess(len(sentence), 460)

    def test_random_damage_is_a_sentence_or_a_network(self):
        rows = self.open_all("mutations")
        self.assertEqual(len(rows), 600)
        refused = [row for row in rows if row["sentence"]]
        self.assertGreater(len(refused), 400)
