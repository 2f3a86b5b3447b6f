"""What the tests of the painting page in a real browser share."""

import contextlib
import pathlib
import tempfile
import unittest

import numpy as np
import pytest

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
