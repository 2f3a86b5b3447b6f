import pathlib
import tempfile
import unittest

import jinja2

from keras_semsynth.files import html

HOSTILE = "<script>alert(1)</script> & \"sky\" 'x'"


class PageTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.template = self.folder / "a.html"

    def test_a_template_is_filled_in_the_frame_of_all_pages(self):
        self.template.write_text(
            '{% extends "page.html" %}'
            '{% block content %}<p title="{{ name }}">{{ name }}</p>'
            "{% endblock %}"
        )
        path = self.folder / "page.html"
        html.write_page(path, self.template, title=HOSTILE, name=HOSTILE)
        page = path.read_text(encoding="utf-8")
        self.assertTrue(page.startswith("<!doctype html>\n"))
        self.assertTrue(page.endswith("</html>\n"))
        self.assertNotIn("<script>", page)
        self.assertEqual(page.count("&lt;script&gt;alert(1)"), 4)
        self.assertIn('<p title="&lt;script&gt;', page)
        self.assertEqual(page.count('"sky"'), 0)

    def test_a_value_that_is_missing_is_an_error(self):
        self.template.write_text("{{ name }}")
        with self.assertRaises(jinja2.UndefinedError):
            html.render_page(self.template, title="a")

    def test_a_picture_stands_in_the_page_itself(self):
        url = html.image_url(b"\xff\xfe", "jpeg")
        self.assertEqual(url, "data:image/jpeg;base64,//4=")
