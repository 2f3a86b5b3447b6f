import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

from keras_semsynth.files import atomic


class AtomicTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def names(self):
        return sorted(os.listdir(self.root))

    def test_the_longest_names_can_be_written(self):
        for name in ("a" * 251 + ".png", "\u96ea" * 83 + ".keras", "a" * 255):
            atomic.write_text(self.root / name, "whole")
            self.assertEqual((self.root / name).read_text(), "whole")
        long_suffix = "a." + "b" * 253
        atomic.write_text(self.root / long_suffix, "whole")
        self.assertEqual(len(self.names()), 4)

    def test_files_of_a_block_that_fails_are_removed_but_not_older_ones(self):
        old, new, never = (self.root / name for name in ("old", "new", "never"))
        old.write_text("before")
        with self.assertRaises(KeyError), atomic.all_or_none(old, new, never):
            atomic.write_text(old, "after")
            atomic.write_text(new, "half")
            raise KeyError
        self.assertEqual(self.names(), ["old"])
        with atomic.all_or_none(old, new):
            atomic.write_text(new, "whole")
        self.assertEqual(self.names(), ["new", "old"])

    def test_a_name_on_its_way_keeps_what_formats_are_known_by(self):
        for name in ("a.weights.h5", "generator.keras", "2026.01.png"):
            path = atomic.temporary_path(self.root / name)
            self.assertEqual(path.parent, self.root)
            self.assertTrue(
                path.name.endswith(re.search(r"\.[a-z].*", name)[0])
            )

    def test_what_a_killed_process_left_is_removed_at_once(self):
        code = (
            "import os, sys\n"
            "from keras_semsynth.files import atomic\n"
            "with atomic.atomic_path(sys.argv[1]) as path:\n"
            "    path.write_text('half')\n"
            "    os.kill(os.getpid(), 9)\n"
        )
        # The package without Keras: this room needs none.
        stub = (
            "import sys, types\n"
            "package = types.ModuleType('keras_semsynth')\n"
            f"package.__path__ = [{str(_PACKAGE)!r}]\n"
            "sys.modules['keras_semsynth'] = package\n"
        )
        process = subprocess.run(
            [sys.executable, "-c", stub + code, str(self.root / "a.png")],
            check=False,
        )
        self.assertEqual(process.returncode, -9)
        self.assertEqual(len(self.names()), 1, self.names())
        atomic.remove_leftovers(self.root, self.root / "absent")
        self.assertEqual(self.names(), [])

    def test_what_is_being_written_stays(self):
        with atomic.atomic_path(self.root / "a.png") as path:
            path.write_text("half")
            atomic.remove_leftovers(self.root)
            self.assertTrue(path.exists())
        self.assertEqual(self.names(), ["a.png"])

    def test_of_another_machine_only_what_is_old_is_removed(self):
        old, young = (
            self.root / f".writing-00000000-7-abc-{i}.png" for i in range(2)
        )
        for path in (old, young):
            path.touch()
        yesterday = time.time() - 25 * 3600
        os.utime(old, (yesterday, yesterday))
        atomic.remove_leftovers(self.root)
        self.assertEqual(self.names(), [young.name])
        atomic.remove_leftovers(self.root, locked=True)
        self.assertEqual(self.names(), [])


_PACKAGE = pathlib.Path(atomic.__file__).parents[1]
