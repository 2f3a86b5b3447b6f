import base64
import http.client
import json
import struct
import zlib
from unittest import mock

import numpy as np
from PIL import Image

from keras_semsynth.client import errors as client_errors
from tests.files.png_files import chunk
from tests.files.png_files import encoded
from tests.page.page_case import JPEG
from tests.page.page_case import LAYOUT
from tests.page.page_case import PNG
from tests.page.page_case import PageCase
from tests.page.page_case import create_app
from tests.page.page_case import pixels
from tests.page.painting_model import PaintingModel
from tests.page.painting_model import served


class PictureTest(PageCase):
    def test_ids_go_in_and_their_picture_comes_out(self):
        self.start()
        response = self.paint()
        self.assertEqual(response.status_code, 200)
        self.assertEqual(response.headers["content-type"], "image/png")
        self.assertEqual(response.headers["semsynth-seed"], "3")
        np.testing.assert_array_equal(
            pixels(response), self.model.picture(LAYOUT, 3)
        )
        layout, seed, style = self.model.asked[0]
        np.testing.assert_array_equal(layout, LAYOUT)
        self.assertEqual((seed, style), (3, None))

    def test_without_a_seed_it_is_a_fresh_one_that_is_told(self):
        self.start()
        told = {
            int(self.paint(query="").headers["semsynth-seed"]) for _ in range(3)
        }
        self.assertEqual({seed for _, seed, _ in self.model.asked}, told)
        self.assertEqual(len(told), 3)

    def test_the_model_is_described(self):
        self.start(max_pixels=5000)
        facts = self.client.get("/api/model").json()
        self.assertEqual(facts["class_names"][3], "rock")
        self.assertEqual(facts["palette"][3], [110, 100, 100])
        self.assertEqual(facts["file_values"][3], 9)
        self.assertEqual((facts["height"], facts["width"]), (32, 48))
        self.assertEqual(facts["max_pixels"], 5000)
        self.assertFalse(facts["style"])
        self.assertTrue(facts["seed"])

    def test_layout_files_are_read_by_the_rule_of_label_files(self):
        self.start()
        raw = np.array([0, 1, 2, 9], "uint8")[LAYOUT]
        response = self.client.post(
            "/api/layout", content=encoded(raw), headers=PNG
        )
        np.testing.assert_array_equal(pixels(response), LAYOUT)
        response = self.client.post(
            "/api/layout", content=encoded(LAYOUT), headers=PNG
        )
        self.assert_error(response, 422, "Label id 3")

    def test_examples_are_layouts(self):
        self.start()
        self.assert_error(self.client.get("/api/example"), 404, "no example")
        model = PaintingModel()
        model.examples = lambda number: (LAYOUT + np.uint8(number)) % 4
        self.start(model)
        response = self.client.get("/api/example?number=2")
        np.testing.assert_array_equal(pixels(response), (LAYOUT + 2) % 4)
        response = self.client.get("/api/example?number=-2")
        self.assert_error(response, 400, "whole number")

    def test_a_photograph_gives_a_style_and_the_style_a_picture(self):
        self.start(PaintingModel(style=True))
        photograph = np.full((5, 5, 3), (9, 8, 7), "uint8")
        response = self.client.post(
            "/api/style", content=encoded(photograph), headers=PNG
        )
        style = response.json()["style"]
        response = self.paint(headers={"Semsynth-Style": style})
        np.testing.assert_array_equal(pixels(response)[0, 0], (9, 8, 7))
        bad = (
            "!",
            "AAAA",
            base64.b64encode(np.full(3, np.nan, "<f4")).decode(),
        )
        for text in bad:
            response = self.paint(headers={"Semsynth-Style": text})
            self.assert_error(response, 400, "Semsynth-Style")
        for content in (b"\xff\xd8\xff nothing", b"text"):
            response = self.client.post(
                "/api/style", content=content, headers=JPEG
            )
            self.assert_error(response, 400)

    def test_a_model_without_styles_says_so(self):
        self.start()
        response = self.client.post(
            "/api/style", content=encoded(LAYOUT), headers=PNG
        )
        self.assert_error(response, 404, "no style")
        response = self.paint(headers={"Semsynth-Style": "AAAA"})
        self.assert_error(response, 400, "takes no style")


class ClassLooksTest(PageCase):
    def paint_looks(self, looks):
        text = looks if isinstance(looks, str) else json.dumps(looks)
        return self.paint(headers={"Semsynth-Class-Looks": text})

    def test_classes_have_looks_of_their_own(self):
        self.start(PaintingModel(style=True, class_looks=True))
        facts = self.client.get("/api/model").json()
        self.assertTrue(facts["class_looks"] and facts["class_styles"])
        code = np.array([9, 8, 7], "<f4")
        text = base64.b64encode(code.tobytes()).decode()
        response = self.paint_looks({"1": 17, "3": text})
        np.testing.assert_array_equal(
            pixels(response),
            self.model.picture(LAYOUT, 3, None, {1: 17, 3: code}),
        )

    def test_what_is_no_look_of_a_class_is_refused(self):
        self.start(PaintingModel(style=True, class_looks=True))
        deep = "[" * 3000
        for looks in ("{", "[1]", deep, {"4": 1}, {"-1": 1}, {"sky": 1}):
            self.assert_error(
                self.paint_looks(looks), 400, "Semsynth-Class-Looks must"
            )
        for look in (-1, 2**31, 1.5, True, None, "AAAA", [1]):
            self.assert_error(
                self.paint_looks({"1": look}), 400, "Semsynth-Class-Looks must"
            )

    def test_a_model_says_which_looks_it_takes(self):
        self.start()
        self.assertFalse(self.client.get("/api/model").json()["class_looks"])
        self.assert_error(self.paint_looks({"1": 2}), 400, "one look for all")
        self.start(PaintingModel(class_looks=True))
        self.assertEqual(self.paint_looks({"1": 2}).status_code, 200)
        code = base64.b64encode(np.zeros(3, "<f4").tobytes()).decode()
        self.assert_error(self.paint_looks({"1": code}), 400, "hold seeds")


class RefusalTest(PageCase):
    def test_wrong_ids_are_refused(self):
        self.start()
        self.assert_error(self.paint(LAYOUT + 1), 422, "ids [4]")
        self.assertEqual(self.model.asked, [])
        self.assertEqual(self.paint().status_code, 200)

    def test_what_is_no_png_is_refused(self):
        self.start()
        data = encoded(LAYOUT)
        for content in (b"text", data[:60], data[:-15], data[:50] + data[52:]):
            response = self.client.post(
                "/api/image", content=content, headers=PNG
            )
            self.assert_error(response, 400, "PNG")
        response = self.client.post("/api/image", content=b"", headers=PNG)
        self.assert_error(response, 400, "empty")

    def test_only_images_are_taken_so_that_other_sites_cannot_post(self):
        self.start()
        for kind in ("text/plain", "application/json", ""):
            response = self.client.post(
                "/api/image",
                content=encoded(LAYOUT),
                headers={"Content-Type": kind},
            )
            self.assert_error(response, 415, "image/png")

    def test_seeds_are_whole_numbers(self):
        self.start()
        for seed in ("-1", "x", "1.5", str(2**31), "9" * 5000, "", "\u0661"):
            response = self.paint(query=f"?seed={seed}")
            self.assert_error(response, 400, "seed must be")

    def test_a_png_that_explodes_is_not_decoded(self):
        self.start(max_pixels=10_000)
        header = struct.pack(">IIBBBBB", 60000, 60000, 8, 0, 0, 0, 0)
        rows = chunk(b"IDAT", zlib.compress(bytes(1_000_000)))
        bomb = encoded(LAYOUT)[:8] + chunk(b"IHDR", header) + rows
        with mock.patch.object(Image, "open") as opened:
            for path in ("image", "layout"):
                response = self.client.post(
                    f"/api/{path}", content=bomb, headers=PNG
                )
                self.assert_error(response, 413, "60000 x 60000")
        opened.assert_not_called()

    def test_bodies_that_are_too_large_are_refused(self):
        self.start(max_bytes=1000)
        response = self.client.post(
            "/api/image", content=bytes(1001), headers=PNG
        )
        self.assert_error(response, 413, "1000 bytes")
        # A body that does not say how long it is.
        parts = (bytes(400) for _ in range(100))
        response = self.client.post("/api/image", content=parts, headers=PNG)
        self.assert_error(response, 413, "1000 bytes")

    def test_wrong_methods_are_refused(self):
        self.start()
        for method, path, allowed in (
            ("GET", "/api/image", "POST"),
            ("DELETE", "/api/image", "POST"),
            ("POST", "/api/model", "GET"),
            ("PUT", "/", "GET"),
            ("POST", "/static/main.js", "GET"),
        ):
            response = self.client.request(method, path)
            self.assert_error(response, 405, "Method Not Allowed")
            self.assertIn(allowed, response.headers["allow"])

    def test_a_mistake_of_the_model_is_an_answer_without_its_details(self):
        self.start()
        failures = (
            (RuntimeError("/secret/path"), 500, "The server made a mistake."),
            (client_errors.ServerDownError("x is down"), 502, "x is down"),
            (client_errors.WrongModelError("no such model"), 502, "no such"),
            (client_errors.RefusedError("too small"), 422, "too small"),
            (client_errors.DeadlineError("late"), 504, "late"),
            (client_errors.OverloadedError("busy"), 503, "busy"),
        )
        for error, status, text in failures:
            with mock.patch.object(self.model, "images", side_effect=error):
                response = self.paint()
            self.assert_error(response, status, text)
            self.assertNotIn("secret", response.text)
        self.assertEqual(self.paint().status_code, 200)


class FilesTest(PageCase):
    def test_the_page_and_all_that_it_names_are_there(self):
        self.start()
        page = self.client.get("/")
        self.assertEqual(page.headers["content-type"][:9], "text/html")
        self.assertIn("Paint a layout", page.text)
        names = "base.css page.css phone.css main.js icon.svg editor.js png.js"
        for name in names.split():
            response = self.client.get(f"/static/{name}")
            self.assertEqual(response.status_code, 200, name)
            tag = {"If-None-Match": response.headers["etag"]}
            again = self.client.get(f"/static/{name}", headers=tag)
            self.assertEqual((again.status_code, again.content), (304, b""))
        self.assertNotIn("http://", page.text.replace("http://www.w3", ""))

    def test_every_answer_carries_the_headers(self):
        self.start()
        for path in ("/", "/static/main.js", "/api/model", "/absent"):
            headers = self.client.get(path).headers
            policy = headers["content-security-policy"]
            self.assertIn("default-src 'none'", policy)
            self.assertNotIn("unsafe", policy)
            self.assertEqual(headers["x-content-type-options"], "nosniff")
            self.assertEqual(headers["referrer-policy"], "no-referrer")

    def test_no_file_of_the_server_can_be_read(self):
        # Through a socket: clients tidy such paths up.
        with served(create_app(PaintingModel())) as address:
            for path in (
                "/static/../app.py",
                "/static/..%2fapp.py",
                "/static/%2e%2e/app.py",
                "/static/..%5capp.py",
                "/../../../../etc/passwd",
                "//etc/passwd",
                "/static//etc/passwd",
                "/static/%00",
                "/static/",
                "/static",
                "/static/main.js/../../app.py",
                "/app.py",
                "/index.html",
                "/static/index.html",
                "/api/example?number=../../etc/passwd",
                "/api/layout/etc/passwd",
                "/docs",
                "/openapi.json",
            ):
                connection = http.client.HTTPConnection(address[7:])
                connection.putrequest("GET", path, skip_accept_encoding=True)
                connection.endheaders()
                response = connection.getresponse()
                body = response.read()
                self.assertEqual(response.status, 404, path)
                self.assertLess(len(body), 100)
                self.assertIsNone(response.headers["server"])
                connection.close()

    def test_a_local_page_answers_to_local_names_only(self):
        self.start(hosts=("127.0.0.1", "localhost", "[::1]"))
        for host, status in (
            ("127.0.0.1:8000", 200),
            ("localhost", 200),
            ("LOCALHOST:1", 200),
            ("[::1]:8000", 200),
            ("evil.example:8000", 421),
            ("127.0.0.1.evil.example", 421),
            ("", 421),
        ):
            response = self.client.get("/api/model", headers={"Host": host})
            self.assertEqual(response.status_code, status, host)
