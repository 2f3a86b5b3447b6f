import unittest
from unittest import mock

from keras_semsynth.page import notices
from keras_semsynth.page.notices import Notices
from keras_semsynth.page.notices import network_of


class NoticesTest(unittest.TestCase):
    def said(self, counted):
        with self.assertLogs(notices.__name__, "WARNING") as log:
            counted.say()
        return [record.getMessage() for record in log.records]

    def test_a_kind_of_event_is_one_line_with_whom_it_came_from(self):
        counted = Notices()
        for i in range(312):
            counted.add("Connections closed", f"10.0.0.{i % 3 // 2}")
        counted.add("Mistakes")
        counted.add("Others", "10.0.0.1")
        self.assertEqual(
            self.said(counted),
            [
                "Connections closed: 312, most from 10.0.0.0 (208).",
                "Mistakes: 1.",
                "Others: 1, from 10.0.0.1.",
            ],
        )
        with self.assertNoLogs(notices.__name__):
            counted.say()

    def test_a_line_comes_when_its_minute_is_over(self):
        counted = Notices()
        with mock.patch.object(notices, "time") as time:
            time.monotonic.return_value = 1000.0
            counted.add("Events", "10.0.0.1")
            time.monotonic.return_value = 1059.0
            with self.assertNoLogs(notices.__name__):
                counted.say_if_due()
            time.monotonic.return_value = 1060.0
            with self.assertLogs(notices.__name__):
                counted.say_if_due()

    def test_many_addresses_do_not_fill_the_memory(self):
        counted = Notices()
        for i in range(5000):
            counted.add("Events", str(i))
        self.assertLess(len(counted._counts["Events"]), 1100)
        (line,) = self.said(counted)
        self.assertEqual(
            line, "Events: 5000, most from other addresses (4000)."
        )

    def test_a_mistake_has_its_traceback_once(self):
        counted = Notices()
        with self.assertLogs(notices.__name__, "ERROR") as log:
            for _ in range(50):
                counted.add_mistake(RuntimeError("broken"))
        (record,) = log.records
        self.assertIn("broken", str(record.exc_info[1]))
        (line,) = self.said(counted)
        self.assertIn("because of RuntimeError: 50.", line)

    def test_whoever_has_an_ipv6_address_has_its_network(self):
        for host, expected in (
            ("10.0.0.7", "10.0.0.7"),
            ("::ffff:10.0.0.7", "10.0.0.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
            ("fe80::1%eth0", "fe80::/64"),
            ("a\r\nforged line", "an unknown address"),
            ("", "an unknown address"),
            (None, "an unknown address"),
        ):
            self.assertEqual(network_of(host), expected)
