"""The painting page in a real browser, painted on with the mouse."""

import contextlib
import pathlib
import tempfile
import unittest

import numpy as np
import pytest
from PIL import Image

from tests.page import chromium
from tests.page.chromium import wait_until
from tests.page.painting_model import COLORS
from tests.page.painting_model import NAMES
from tests.page.painting_model import PaintingModel
from tests.page.painting_model import served

chromium.require_chromium()
create_app = pytest.importorskip(
    "keras_semsynth.page.app",
    reason="the painting page needs the extra `serve`",
).create_app

HEIGHT, WIDTH = 32, 48

# The pixels of an element, through a canvas: element, then [r, g, b, ...].
PIXELS = """
const canvas = document.createElement('canvas');
const image = arguments[0];
canvas.width = image.naturalWidth || image.width;
canvas.height = image.naturalHeight || image.height;
const context = canvas.getContext('2d');
context.drawImage(image, 0, 0);
const size = [canvas.width, canvas.height];
return [size, Array.from(context.getImageData(0, 0, ...size).data)];
"""


class Browser:
    """The browser of this module: starting one takes seconds."""

    stack = contextlib.ExitStack()
    driver = None


def setUpModule():
    Browser.driver = Browser.stack.enter_context(chromium.open_browser())


def tearDownModule():
    Browser.stack.close()


class PageTestCase(unittest.TestCase):
    style = False
    class_looks = False
    size = (1280, 800)
    phone = False

    def setUp(self):
        folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.addCleanup(folder.cleanup)
        self.downloads = pathlib.Path(folder.name)
        self.driver = Browser.driver
        self.driver.execute_cdp_cmd(
            "Browser.setDownloadBehavior",
            {"behavior": "allow", "downloadPath": folder.name},
        )
        chromium.set_screen(self.driver, self.size, self.phone)
        self.model = PaintingModel(
            (HEIGHT, WIDTH), style=self.style, class_looks=self.class_looks
        )
        address = self.enterContext(served(create_app(self.model)))
        self.driver.get(address)
        wait_until(lambda: "ready" in self.classes_of("body"), "the page")
        self.settle()

    def tearDown(self):
        errors = [
            entry["message"]
            for entry in self.driver.get_log("browser")
            if "favicon" not in entry["message"]
        ]
        self.assertEqual(errors, self.expected_errors(errors))

    def expected_errors(self, errors):
        return []

    # What one sees

    def find(self, selector):
        return self.driver.find_element("css selector", selector)

    def classes_of(self, selector):
        return self.find(selector).get_attribute("class").split()

    def settle(self):
        """Waits until the picture is that of the layout."""
        wait_until(
            lambda: self.driver.execute_async_script(
                "const done = arguments[0];"
                "requestAnimationFrame(() => requestAnimationFrame(() => "
                "done(!document.body.classList.contains('busy') && "
                "!document.getElementById('picture').hidden)))"
            ),
            "the picture",
        )

    def pixels(self, selector):
        (width, height), data = self.driver.execute_script(
            PIXELS, self.find(selector)
        )
        data = np.array(data, "uint8").reshape(height, width, 4)
        self.assertEqual(data[..., 3].min(), 255)
        return data[..., :3]

    def painted(self):
        """Ids on the canvas; every pixel must be exactly of one class."""
        colors = self.pixels("#layout").astype(int)
        same = (colors[:, :, None] == np.array(COLORS)).all(-1)
        self.assertTrue((same.sum(-1) == 1).all(), "a colour of no class")
        return same.argmax(-1)

    def sent(self):
        """Ids of the last request."""
        return self.model.asked[-1][0]

    def assert_shown(self, seed=1):
        """What is painted, what was sent and what is shown agree."""
        self.settle()
        painted = self.painted()
        np.testing.assert_array_equal(self.sent(), painted)
        np.testing.assert_array_equal(
            self.pixels("#picture"), self.model.picture(painted, seed)
        )
        return painted

    # What one does

    def click(self, selector):
        self.find(selector).click()

    def choose(self, name):
        self.click(f".swatch:nth-child({NAMES.index(name) + 1})")

    def set_size(self, size):
        self.driver.execute_script(
            "const size = document.getElementById('size');"
            "size.value = arguments[0];"
            "size.dispatchEvent(new Event('input'))",
            size,
        )

    def mouse(self, *places, kind="mouse", button=0):
        """Presses at the first pixel, moves along the others, lets go."""
        from selenium.webdriver.common.actions import action_builder
        from selenium.webdriver.common.actions import pointer_input

        canvas = self.find("#layout")
        scale = canvas.rect["width"] / WIDTH
        actions = action_builder.ActionBuilder(
            self.driver,
            mouse=pointer_input.PointerInput(kind, kind),
            duration=20,
        )
        finger = actions.pointer_action
        for number, (x, y) in enumerate(places):
            finger.move_to(
                canvas,
                round((x + 0.5 - WIDTH / 2) * scale),
                round((y + 0.5 - HEIGHT / 2) * scale),
            )
            if number == 0:
                finger.pointer_down(button=button)
        finger.pointer_up(button=button)
        actions.perform()

    def keys(self, *keys, control=False):
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        actions = ActionChains(self.driver, duration=10)
        if control:
            actions.key_down(Keys.CONTROL)
        actions.send_keys(*keys)
        if control:
            actions.key_up(Keys.CONTROL)
        actions.perform()

    def download(self, selector, name):
        self.click(selector)
        file = self.downloads / name
        wait_until(
            lambda: file.exists() and file.stat().st_size, f"file {name}"
        )
        return file


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


class StylePageTest(PageTestCase):
    style = True

    def test_a_photograph_sets_the_style_until_it_is_removed(self):
        photograph = self.downloads / "photograph.png"
        color = (9, 8, 7)
        Image.fromarray(np.full((6, 6, 3), color, "uint8")).save(photograph)
        self.find("#style-file").send_keys(str(photograph))
        wait_until(lambda: "styled" in self.classes_of("body"), "the style")
        self.settle()
        np.testing.assert_array_equal(self.pixels("#picture")[0, 0], color)
        self.assertFalse(self.find("#another").is_displayed())
        self.click("#style-remove")
        self.settle()
        self.assertTrue((self.pixels("#picture")[0, 0] != color).any())


class ClassLooksPageTest(PageTestCase):
    style = True
    class_looks = True

    def region(self, id):
        return self.pixels("#picture")[self.sent() == id]

    def test_the_chosen_class_alone_gets_another_look(self):
        self.choose("sea")
        self.set_size(9)
        self.mouse((5, 5), (30, 20))
        self.settle()
        before = self.pixels("#picture")
        self.click("#class-another")
        self.settle()
        outside = self.sent() != 1
        after = self.pixels("#picture")
        np.testing.assert_array_equal(after[outside], before[outside])
        self.assertTrue((self.region(1) != before[~outside]).any())
        self.assertTrue(self.find(".swatch.own-look").text.startswith("sea"))
        photograph = self.downloads / "photograph.png"
        Image.fromarray(np.full((6, 6, 3), (9, 8, 7), "uint8")).save(photograph)
        self.find("#class-file").send_keys(str(photograph))
        wait_until(
            lambda: self.find("#class-picture").is_displayed(), "the style"
        )
        self.settle()
        np.testing.assert_array_equal(
            np.unique(self.region(1), axis=0), [(9, 8, 7)]
        )
        # Another class has none, and leaves this one as it is.
        self.choose("rock")
        self.assertFalse(self.find("#class-remove").is_displayed())
        self.choose("sea")
        self.click("#class-remove")
        self.settle()
        np.testing.assert_array_equal(self.pixels("#picture"), before)


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
