import contextlib
import io
import pathlib
import unittest

from keras_semsynth.files.atomic import DiskFullError
from keras_semsynth.synthesis.folder_result import AT_A_TIME
from keras_semsynth.synthesis.folder_result import Work
from keras_semsynth.synthesis.folder_result import work_through
from keras_semsynth.synthesis.generation_plan import Job


class FolderResultTest(unittest.TestCase):
    def setUp(self):
        self.drawn, self.written, self.said = [], {}, []
        self.broken, self.undrawable = {}, set()

    def work_through(self, count, images=2, skip_errors=True):
        paths = [pathlib.Path(f"{i}.png") for i in range(count)]
        jobs = [Job(p, p, [p] * images, None, None) for p in paths]
        work = Work(self.read, self.draw, self.write)
        with contextlib.redirect_stdout(io.StringIO()):
            return work_through(
                jobs, work, "label maps", skip_errors, self.said.append
            )

    def read(self, job):
        self.fail_at("read", job)
        return int(job.source.stem)

    def draw(self, numbers):
        self.drawn.append(len(numbers))
        if self.undrawable & set(numbers):
            raise ValueError("too narrow")
        return [-number for number in numbers]

    def write(self, job, number, images):
        self.fail_at("write", job)
        self.written[number] = images

    def fail_at(self, step, job):
        if (step, job.source.stem) in self.broken:
            raise self.broken[step, job.source.stem]

    def test_files_are_drawn_several_at_a_time(self):
        result = self.work_through(11)
        self.assertEqual(self.drawn, [AT_A_TIME // 2, 11 - AT_A_TIME // 2])
        self.assertEqual(self.written, {i: -i for i in range(11)})
        self.assertEqual(str(result), "11 label maps were used.")
        self.drawn = []
        self.work_through(2, images=2 * AT_A_TIME)
        self.assertEqual(self.drawn, [1, 1])
        self.assertEqual(self.work_through(0).inputs, 0)

    def test_one_that_fails_takes_no_other_along(self):
        self.broken = {
            ("read", "0"): ValueError("torn"),
            ("write", "2"): OSError("not\nallowed"),
        }
        result = self.work_through(4)
        self.assertEqual(self.written, {1: -1, 3: -3})
        self.assertEqual(result.skipped, ("0.png: torn", "2.png: not allowed"))
        self.assertEqual(self.said[0], "Skipped 0.png: torn")
        with self.assertRaisesRegex(ValueError, "torn"):
            self.work_through(4, skip_errors=False)

    def test_one_that_cannot_be_drawn_takes_no_other_along(self):
        self.undrawable = {2}
        result = self.work_through(4)
        self.assertEqual(self.drawn, [4, 1, 1, 1, 1])
        self.assertEqual(self.written, {0: 0, 1: -1, 3: -3})
        self.assertEqual(result.skipped, ("2.png: too narrow",))
        with self.assertRaisesRegex(ValueError, "too narrow"):
            self.work_through(4, skip_errors=False)

    def test_a_full_disk_ends_it_all(self):
        self.broken = {("write", "1"): DiskFullError("full")}
        with self.assertRaises(DiskFullError):
            self.work_through(4)
        self.assertEqual(self.written, {0: 0})
