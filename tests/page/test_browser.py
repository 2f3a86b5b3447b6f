"""The painting page in a real browser, painted on with the mouse."""

import numpy as np
from PIL import Image

from tests.page.browser_case import HEIGHT
from tests.page.browser_case import WIDTH
from tests.page.browser_case import PageTestCase
from tests.page.browser_case import setUpModule  # noqa: F401
from tests.page.browser_case import tearDownModule  # noqa: F401
from tests.page.chromium import wait_until
from tests.page.painting_model import COLORS


class PaintTest(PageTestCase):
    def test_painting_changes_the_picture_and_sends_what_is_painted(self):
        np.testing.assert_array_equal(self.assert_shown(), 0)
        before = self.pixels("#picture")
        self.choose("rock")
        self.set_size(1)
        self.mouse((5, 6), (20, 6), (20, 16))
        painted = self.assert_shown()
        expected = np.zeros((HEIGHT, WIDTH), int)
        expected[6, 5:21] = 3
        expected[6:17, 20] = 3
        np.testing.assert_array_equal(painted, expected)
        self.assertTrue((self.pixels("#picture") != before).any())
        # A thick slanted stroke: hard edges, only the two classes.
        self.choose("sand")
        self.set_size(7)
        self.mouse((8, 24), (40, 12))
        painted = self.assert_shown()
        self.assertEqual(np.unique(painted).tolist(), [0, 2, 3])
        self.assertGreater((painted == 2).sum(), 7 * 32)

    def test_undo_and_redo_go_back_and_forth(self):
        self.choose("sea")
        self.set_size(5)
        self.mouse((10, 10), (30, 20))
        first = self.assert_shown()
        self.choose("sand")
        self.mouse((30, 10), (10, 20))
        second = self.assert_shown()
        self.assertTrue((first != second).any())
        self.click("#undo")
        np.testing.assert_array_equal(self.assert_shown(), first)
        self.keys("z", control=True)
        np.testing.assert_array_equal(self.assert_shown(), 0)
        self.assertFalse(self.find("#undo").is_enabled())
        self.click("#redo")
        self.keys("y", control=True)
        np.testing.assert_array_equal(self.assert_shown(), second)
        self.assertFalse(self.find("#redo").is_enabled())

    def test_filling_stops_at_other_classes_and_the_eraser_clears(self):
        self.choose("rock")
        self.set_size(1)
        self.mouse((10, 0), (10, 31))  # a wall from top to bottom
        self.choose("sea")
        self.click(".tool:nth-child(3)")
        self.mouse((30, 10))
        painted = self.assert_shown()
        self.assertTrue((painted[:, :10] == 0).all())
        self.assertTrue((painted[:, 10] == 3).all())
        self.assertTrue((painted[:, 11:] == 1).all())
        self.click(".tool:nth-child(2)")
        self.set_size(3)
        self.mouse((10, 15))
        painted = self.assert_shown()
        self.assertTrue((painted[14:17, 9:12] == 0).all())
        self.choose("sand")
        self.click("#clear")
        np.testing.assert_array_equal(self.assert_shown(), 2)
        self.click("#undo")
        np.testing.assert_array_equal(self.assert_shown(), painted)

    def test_a_saved_layout_is_loaded_as_it_was(self):
        for name, places in (
            ("sea", [(5, 5), (40, 25)]),
            ("rock", [(40, 5), (5, 25)]),
        ):
            self.choose(name)
            self.mouse(*places)
        painted = self.assert_shown()
        file = self.download("#save", "layout.png")
        with Image.open(file) as image:
            self.assertEqual(image.mode, "P")
            values = np.asarray(image)
            palette = np.reshape(image.getpalette(), (-1, 3))
        # The file holds what label files of the run hold: 9 for rock.
        np.testing.assert_array_equal(values, np.array([0, 1, 2, 9])[painted])
        np.testing.assert_array_equal(palette[[0, 1, 2, 9]], COLORS)
        self.choose("sand")
        self.click("#clear")
        np.testing.assert_array_equal(self.assert_shown(), 2)
        self.find("#layout-file").send_keys(str(file))
        wait_until(lambda: (self.painted() != 2).any(), "the layout")
        np.testing.assert_array_equal(self.assert_shown(), painted)
        picture = self.download("#save-picture", "picture_seed1.png")
        with Image.open(picture) as image:
            np.testing.assert_array_equal(
                np.asarray(image), self.model.picture(painted, 1)
            )

    def test_another_changes_the_seed_and_the_picture(self):
        before = self.pixels("#picture")
        self.click("#another")
        self.settle()
        seed = int(self.find("#seed").get_property("value"))
        self.assert_shown(seed)
        field = self.find("#seed")
        field.clear()
        field.send_keys("1\n")
        self.assert_shown(1)
        np.testing.assert_array_equal(self.pixels("#picture"), before)

    def test_the_keyboard_is_enough(self):
        from selenium.webdriver.common.keys import Keys

        self.keys("2", "f", "b")
        self.set_size(1)
        self.driver.execute_script("document.getElementById('layout').focus()")
        self.keys(Keys.ARROW_LEFT, Keys.ARROW_UP, " ", Keys.ARROW_UP, " ")
        painted = self.assert_shown()
        expected = np.zeros((HEIGHT, WIDTH), int)
        expected[[15, 14], 23] = 1
        np.testing.assert_array_equal(painted, expected)
        self.keys("z", control=True)
        expected[14, 23] = 0
        np.testing.assert_array_equal(self.assert_shown(), expected)

    def test_the_right_button_picks_a_class(self):
        self.choose("sand")
        self.click("#clear")
        self.choose("sea")
        self.mouse((3, 3), button=2)
        chosen = self.find(".swatch:has(:checked) .name").text
        self.assertEqual(chosen, "sand")
        np.testing.assert_array_equal(self.assert_shown(), 2)

    def test_painting_on_while_a_picture_is_made_loses_nothing(self):
        self.model.gate.clear()
        self.choose("sea")
        self.mouse((5, 5), (40, 5))
        self.choose("rock")
        self.mouse((5, 20), (40, 20))
        self.model.gate.set()
        painted = self.assert_shown()
        self.assertEqual(np.unique(painted).tolist(), [0, 1, 3])
        # One request at a time: not one for every movement of the mouse.
        self.assertLess(len(self.model.asked), 6)

    def test_refreshing_can_wait_for_the_button(self):
        self.click("#live")
        self.choose("sea")
        self.mouse((5, 5), (40, 5))
        self.assertEqual(len(self.model.asked), 1)
        self.assertIn("older", self.find("#status").text)
        self.click("#refresh")
        self.assert_shown()


class BadFileTest(PageTestCase):
    def expected_errors(self, errors):
        return [line for line in errors if "/api/layout" in line]

    def test_a_bad_file_is_told_and_changes_nothing(self):
        self.choose("sea")
        self.mouse((5, 5), (40, 5))
        painted = self.assert_shown()
        path = self.downloads / "bad.png"
        Image.fromarray(np.full((HEIGHT, WIDTH), 77, "uint8")).save(path)
        for content, text in (
            (path.read_bytes(), "Label id 77"),
            (b"no picture", "must be a PNG"),
        ):
            path.write_bytes(content)
            self.find("#layout-file").send_keys(str(path))
            note = self.find("#note")
            wait_until(lambda t=text, n=note: t in n.text, "the message")
            np.testing.assert_array_equal(self.assert_shown(), painted)


class PhoneTest(PageTestCase):
    size = (360, 740)
    phone = True

    def test_a_finger_paints_and_nothing_runs_off_the_screen(self):
        width = self.driver.execute_script(
            "return document.documentElement.scrollWidth"
        )
        self.assertLessEqual(width, 360)
        self.choose("sea")
        self.set_size(3)
        self.mouse((5, 5), (30, 20), kind="touch")
        painted = self.assert_shown()
        self.assertTrue((painted[5, 5] == 1) and (painted[20, 30] == 1))
        for selector in ("#undo", "#clear", "#tools", "#classes"):
            rect = self.find(selector).rect
            self.assertGreaterEqual(rect["x"], 0)
            self.assertLessEqual(rect["x"] + rect["width"], 360, selector)
