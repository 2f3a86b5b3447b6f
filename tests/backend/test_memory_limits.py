import pathlib
import tempfile
import unittest
from unittest import mock

from keras_semsynth import backend
from keras_semsynth.backend import memory_limits

GIB = 2**30
MACHINE = f"MemTotal:  {32 * 2**20} kB\nMemFree: 5 kB\nMemAvailable: {2**24} kB"


class MemoryLimitsTest(unittest.TestCase):
    def limits(self, groups, **files):
        """Returns free and total GiB of a machine with such files."""
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "meminfo").write_text(MACHINE)
            (root / "cgroup").write_text(groups)
            for name, text in files.items():
                path = root / "groups" / name.replace("__", "/")
                path = path.with_name(path.name.replace("-", "."))
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            with (
                mock.patch.object(memory_limits, "MACHINE", root / "meminfo"),
                mock.patch.object(
                    memory_limits, "PROCESS_GROUPS", root / "cgroup"
                ),
                mock.patch.object(memory_limits, "GROUPS", root / "groups"),
            ):
                return (
                    memory_limits.free_system_memory() / GIB,
                    memory_limits.total_system_memory() / GIB,
                )

    def test_a_machine_without_limits_has_what_it_has(self):
        self.assertEqual(self.limits(""), (16, 32))
        self.assertEqual(
            self.limits(
                "0::/\n",
                **{"memory-max": "max\n", "memory-current": f"{GIB}\n"},
            ),
            (16, 32),
        )

    def test_the_limit_of_a_container_counts_and_file_caches_do_not(self):
        files = {
            "memory-max": f"{8 * GIB}\n",
            "memory-current": f"{7 * GIB}\n",
            "memory-stat": f"anon 5\ninactive_file {2 * GIB}\nslab 1\n",
        }
        self.assertEqual(self.limits("0::/\n", **files), (3, 8))
        # The group of the process has no limit, the one above has.
        self.assertEqual(self.limits("0::/a/b\n", **files), (3, 8))
        inner = {f"a__{name}": text for name, text in files.items()}
        self.assertEqual(self.limits("0::/a\n", **inner), (3, 8))

    def test_so_does_that_of_the_first_version_of_control_groups(self):
        files = {
            "memory__job__memory-limit_in_bytes": f"{4 * GIB}\n",
            "memory__job__memory-usage_in_bytes": f"{3 * GIB}\n",
            "memory__job__memory-stat": f"total_inactive_file {GIB}\n",
            "memory__memory-limit_in_bytes": f"{2**63 - 4096}\n",
            "memory__memory-usage_in_bytes": f"{9 * GIB}\n",
        }
        self.assertEqual(
            self.limits("4:cpu,memory:/job\n3:pids:/\n", **files), (2, 4)
        )

    def test_amounts_are_said_in_the_unit_that_fits(self):
        for count, text in (
            (5, "1 MiB"),
            (70 * 2**20, "70 MiB"),
            (1.4 * 2**30, "1.4 GiB"),
            (7.5 * 2**40, "7.5 TiB"),
            (2**50, "1.0 PiB"),
            (10**9 * 2**60, "1000000000 EiB"),
        ):
            self.assertEqual(backend.say_bytes(count), text)

    def test_what_the_machine_could_not_hold_is_refused(self):
        backend.require_memory(2**20, "Pictures", "`count`", computed=False)
        with (
            mock.patch.object(
                backend, "total_system_memory", return_value=2 * GIB
            ),
            self.assertRaisesRegex(
                ValueError,
                "^Pictures would need about 3.0 GiB of memory, but this "
                "machine has 2.0 GiB: lower `count`.$",
            ),
        ):
            backend.require_memory(3 * GIB, "Pictures", "`count`", False)
        with mock.patch.object(
            backend, "total_system_memory", return_value=None
        ):
            backend.require_memory(2**90, "Pictures", "`count`", False)
