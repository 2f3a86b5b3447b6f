"""Looks of photographs and of classes on the page, in a real browser."""

import numpy as np
from PIL import Image

from tests.page.browser_case import PageTestCase
from tests.page.browser_case import setUpModule  # noqa: F401
from tests.page.browser_case import tearDownModule  # noqa: F401
from tests.page.chromium import wait_until


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


class PhoneClassLooksPageTest(PageTestCase):
    style = True
    class_looks = True
    size = (360, 740)
    phone = True

    def test_nothing_runs_off_the_screen(self):
        self.choose("sea")
        self.click("#class-another")
        self.settle()
        names = ("another", "pick", "remove")
        for selector in (*(f"#class-{x}" for x in names), "#tools"):
            rect = self.find(selector).rect
            self.assertGreaterEqual(rect["x"], 0)
            self.assertLessEqual(rect["x"] + rect["width"], 360, selector)
