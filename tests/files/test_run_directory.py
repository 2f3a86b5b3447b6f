import pathlib
import signal
import subprocess
import sys
import tempfile
import unittest

from keras_semsynth.files.run_directory import RunError
from keras_semsynth.training import RunDirectory

HOLD = """
import sys, time
sys.path.insert(0, {root!r})
from keras_semsynth.files.run_directory import RunDirectory
run = RunDirectory({path!r})
run.open()
print("held", flush=True)
time.sleep(60)
"""


class RunDirectoryTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name) / "run"

    def open(self, resume="auto"):
        run = RunDirectory(self.path)
        self.addCleanup(run.release)
        run.open(resume)
        run.experiment_path.write_text('{"preset": "spade"}')
        return run

    def test_a_run_may_come_back(self):
        self.open().release()
        self.assertEqual(self.open().read_experiment(), {"preset": "spade"})

    def test_never_refuses_a_run_and_must_refuses_none(self):
        with self.assertRaisesRegex(RunError, "`resume=must`.*holds no run"):
            self.open(resume="must")
        self.open(resume="never").release()
        with self.assertRaisesRegex(RunError, "`resume=never`.*already"):
            self.open(resume="never")
        self.open(resume="must")

    def test_a_folder_with_other_files_is_refused(self):
        self.path.mkdir()
        (self.path / "photo.png").touch()
        with self.assertRaisesRegex(RunError, "photo.png.*empty or new"):
            self.open()

    def test_what_a_process_killed_at_its_start_leaves_is_no_other_file(self):
        run = RunDirectory(self.path)
        run.open()
        leftover = self.path / "logs" / ".writing-changes.jsonl"
        for path in (self.path / ".writing-experiment.json", leftover):
            path.touch()
        run.release()
        self.open().release()
        self.assertFalse(leftover.exists())
        with self.subTest("but a run that lost its description is one"):
            run.experiment_path.unlink()
            (run.checkpoints_path / "step-000000007").mkdir()
            with self.assertRaisesRegex(
                RunError, "experiment.json is missing, checkpoints/step-0.* is"
            ):
                self.open()

    def test_a_file_and_an_unwritable_place_are_refused(self):
        self.path.touch()
        with self.assertRaisesRegex(RunError, "is a file"):
            self.open()
        self.path = self.path / "inside"
        with self.assertRaisesRegex(RunError, "cannot be made, because"):
            self.open()

    def test_leftovers_of_a_killed_process_are_removed(self):
        run = self.open()
        leftover = run.checkpoints_path / ".writing-step-000000007"
        leftover.mkdir()
        (leftover / "gan.weights.h5").touch()
        run.release()
        self.open()
        self.assertFalse(leftover.exists())

    def test_a_second_process_is_refused_until_the_first_dies(self):
        root = str(pathlib.Path(__file__).parents[2])
        code = HOLD.format(root=root, path=str(self.path))
        process = subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        )
        try:
            self.assertEqual(process.stdout.readline(), "held\n")
            with self.assertRaisesRegex(RunError, f"process {process.pid}"):
                self.open()
            process.send_signal(signal.SIGKILL)
            process.wait(10)
            self.open()
        finally:
            process.kill()
            process.communicate()
