"""Who is let in: credentials and certificates, on both protocols."""

import base64
import os
import pathlib
import tempfile
import unittest
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from keras_semsynth.client import Client
from keras_semsynth.client import Credentials
from keras_semsynth.client import errors
from keras_semsynth.client import synthesize_folder
from tests.client import certificates
from tests.client.scripted_servers import Answer
from tests.client.scripted_servers import GrpcServer
from tests.client.scripted_servers import RestServer

pytest.importorskip(
    "httpx", reason='needs pip install "keras_semsynth[client]"'
)
LAYOUT = np.arange(24).reshape(4, 6) % 3
TOKEN = "eyJhbGci.s3cr3t-T0ken_9=="
PASSWORD = "pass: w\u00f6rd"
BEARER = f"Bearer {TOKEN}"
BASIC = "Basic " + base64.b64encode(f"ada:{PASSWORD}".encode()).decode()


class AccessTests:
    """What holds over both protocols."""

    def setUp(self):
        for name in ("SEMSYNTH_TOKEN", "SEMSYNTH_USER", "SEMSYNTH_PASSWORD"):
            patch = mock.patch.dict("os.environ")
            patch.start()
            self.addCleanup(patch.stop)
            os.environ.pop(name, None)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def start(self, *answers, **options):
        self.server = self.server_class(answers, **options)
        self.addCleanup(self.server.close)
        return self.server.url

    def secret_file(self, text):
        path = self.root / "secret"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o640)
        return path

    def error(self, kind, url, **options):
        with Client(url, **options) as client:
            with self.assertRaises(kind) as caught:
                client.synthesize(LAYOUT)
            shown = f"{caught.exception} {client!r} {client.__dict__}"
        for secret in (TOKEN, PASSWORD, BASIC[6:]):
            self.assertNotIn(secret, shown)
        return str(caught.exception)

    def test_credentials_come_from_environment_file_or_argument(self):
        url = self.start()
        basic = {"SEMSYNTH_USER": "ada", "SEMSYNTH_PASSWORD": PASSWORD}
        for environment, argument in (
            ({"SEMSYNTH_TOKEN": TOKEN}, None),
            (basic, None),
            (basic, self.secret_file(TOKEN + "\n")),
            ({}, Credentials(user="ada", password=PASSWORD)),
            ({}, None),
        ):
            with mock.patch.dict("os.environ", environment):
                with Client(url, credentials=argument) as client:
                    client.synthesize(LAYOUT)
        with Client(
            url, credentials=self.secret_file(f"ada:{PASSWORD}")
        ) as client:
            client.synthesize(LAYOUT)
        self.assertEqual(
            self.server.authorizations,
            [BEARER, BASIC, BEARER, BASIC, None, BASIC],
        )

    def test_an_unknown_caller_is_told_what_to_give(self):
        url = self.start(allowed=BEARER)
        text = self.error(errors.AccessError, url)
        self.assertIn("SEMSYNTH_TOKEN, or SEMSYNTH_USER and SEMS", text)
        self.assertIn("wants to know who asks", text)
        wrong = self.secret_file(f"ada:{PASSWORD}")
        # The server repeats what it got, as some do.
        text = self.error(PermissionError, url, credentials=wrong)
        self.assertIn(
            f"does not accept the password of the file '{wrong}'", text
        )
        self.assertIn("Not Basic ***", text)
        self.assertEqual(len(self.server.requests), 2)

    def test_a_known_caller_may_lack_the_right(self):
        url = self.start(Answer("PERMISSION_DENIED", f"no {TOKEN}!"))
        with mock.patch.dict("os.environ", {"SEMSYNTH_TOKEN": TOKEN}):
            text = self.error(errors.AccessError, url)
        self.assertIn("knows the token of SEMSYNTH_TOKEN, but", text)
        self.assertIn("no ***!", text)

    def test_a_secret_is_not_sent_in_the_clear(self):
        credentials = Credentials(token=TOKEN)
        for host, local in (
            ("localhost", True),
            ("127.8.9.1", True),
            ("[::1]", True),
            ("model.example", False),
            ("10.0.0.7", False),
            ("localhost.example", False),
        ):
            url = f"{self.scheme}://{host}/v1/models/a"
            if local:
                Client(url, credentials=credentials).close()
                continue
            with self.assertRaisesRegex(
                ValueError, rf"not sent to .*use {self.scheme}s://"
            ) as caught:
                Client(url, credentials=credentials)
            self.assertNotIn(TOKEN, str(caught.exception))
            Client(url.replace("://", "s://"), credentials=credentials).close()

    def test_an_own_authority_is_trusted(self):
        made = certificates.folder()
        url = self.start(context=self.context())
        trusted = {"certificate_authority": made / "authority.pem"}
        credentials = Credentials(token=TOKEN)
        with Client(url, credentials=credentials, **trusted) as client:
            self.assertEqual(client.synthesize(LAYOUT).shape, (4, 6, 3))
        self.assertEqual(self.server.authorizations, [BEARER])
        for options in ({}, {"certificate_authority": made / "other.pem"}):
            text = self.error(
                errors.ServerFailedError,
                url,
                credentials=credentials,
                **options,
            )
            self.assertRegex(text, "not trusted.*`certificate_authority`")
        self.assertEqual(len(self.server.requests), 1)

    def test_a_client_can_show_a_certificate(self):
        made = certificates.folder()
        url = self.start(context=self.context(client=True))
        trusted = {"certificate_authority": made / "authority.pem"}
        shown = {"client_certificate": made / "client.pem"}
        with Client(url, **trusted, **shown) as client:
            self.assertEqual(client.synthesize(LAYOUT).shape, (4, 6, 3))
        self.error(ConnectionError, url, retries=1, backoff=0.01, **trusted)
        self.assertEqual(len(self.server.requests), 1)

    def test_certificates_are_looked_at_first(self):
        url = f"{self.scheme}s://localhost/v1/models/a"
        plain = self.root / "plain.pem"
        plain.write_text("no certificate")
        authority = certificates.folder() / "authority.pem"
        for options, wanted in (
            ({"certificate_authority": plain}, "certificates in PEM"),
            ({"certificate_authority": self.root}, "certificates in PEM"),
            ({"client_certificate": plain}, "private key"),
            ({"client_certificate": authority}, "private key"),
            ({"client_certificate": "absent.pem"}, "No such file"),
        ):
            with self.assertRaisesRegex(ValueError, wanted):
                Client(url, **options)
        with self.assertRaisesRegex(ValueError, "are for TLS"):
            Client(url.replace("s://", "://"), certificate_authority=authority)

    def test_a_folder_ends_where_nobody_is_let_in(self):
        for name in "abcdefgh":
            image = Image.fromarray(LAYOUT.astype("uint8"))
            image.save(self.root / f"{name}.png")
        url = self.start(allowed=BEARER)
        with self.assertRaisesRegex(errors.AccessError, "wants to know"):
            synthesize_folder(url, self.root, self.root / "out", concurrency=2)
        self.assertLess(len(self.server.requests), 6)
        secret = self.secret_file(TOKEN)
        self.server.answers = [Answer("INVALID_ARGUMENT", "no class 9")] * 2
        skipped = []
        result = synthesize_folder(
            url,
            self.root,
            self.root / "out",
            concurrency=1,
            retries=1,
            credentials=secret,
            on_skip=skipped.append,
        )
        self.assertIn("no class 9", skipped[0])
        self.assertEqual((result.inputs, len(result.skipped)), (8, 1))
        self.assertEqual(len(list((self.root / "out").glob("*.png"))), 7)


class RestAccessTest(AccessTests, unittest.TestCase):
    server_class = RestServer
    scheme = "http"
    context = staticmethod(certificates.server_context)

    def test_a_redirect_gets_no_credentials(self):
        other = RestServer()
        self.addCleanup(other.close)
        headers = {"Location": f"{other.url}:predict"}
        url = self.start(Answer(status=307, headers=headers))
        text = self.error(
            errors.ServerFailedError, url, credentials=Credentials(TOKEN)
        )
        self.assertIn("HTTP 307", text)
        self.assertEqual(other.requests, [])

    def test_a_proxy_gets_nothing_that_is_for_this_machine(self):
        url = self.start()
        proxy = RestServer()
        self.addCleanup(proxy.close)
        address = proxy.url.partition("/v1")[0]
        with mock.patch.dict("os.environ", {"HTTP_PROXY": address}):
            with Client(url, credentials=Credentials(TOKEN)) as client:
                client.synthesize(LAYOUT)
        self.assertEqual(self.server.authorizations, [BEARER])
        self.assertEqual(proxy.requests, [])


class GrpcAccessTest(AccessTests, unittest.TestCase):
    server_class = GrpcServer
    scheme = "grpc"
    context = staticmethod(certificates.grpc_server_credentials)

    @classmethod
    def setUpClass(cls):
        pytest.importorskip(
            "tensorflow_serving",
            reason='needs pip install "keras_semsynth[client]"',
        )


class CredentialsTest(unittest.TestCase):
    def test_a_file_must_be_private_and_of_one_line(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "secret"
            for text, wanted in (
                ("", "one line"),
                ("a\nb\n", "one line"),
                ("two words", "one word"),
                (":password", "must not be empty"),
                ("user:a\x07b", "control character"),
                ("x" * 20_000, "one word"),
                ("gar\u00e7on", "ASCII"),
            ):
                path.write_text(text, encoding="utf-8")
                path.chmod(0o600)
                with self.subTest(text=text[:20]):
                    with self.assertRaisesRegex(ValueError, wanted) as caught:
                        Credentials.from_file(path)
                    if text:
                        self.assertNotIn(text[:20], str(caught.exception))
            path.write_bytes(b"\xff\xfe")
            with self.assertRaisesRegex(ValueError, "one line"):
                Credentials.from_file(path)
            path.write_text(TOKEN)
            path.chmod(0o604)
            if os.name == "posix":
                with self.assertRaisesRegex(ValueError, "chmod o-rwx"):
                    Credentials.from_file(path)
            for absent in (path / "x", folder, "a\0b"):
                with self.assertRaisesRegex(ValueError, "cannot be read"):
                    Credentials.from_file(absent)

    def test_one_kind_at_a_time(self):
        with self.assertRaisesRegex(ValueError, "leave the other out"):
            Credentials(token="a", user="b", password="c")
        for environment in (
            {"SEMSYNTH_USER": "ada"},
            {"SEMSYNTH_PASSWORD": "x"},
        ):
            with mock.patch.dict("os.environ", environment, clear=True):
                with self.assertRaisesRegex(ValueError, "together with a pass"):
                    Credentials.from_environment()

    def test_nothing_shows_a_secret(self):
        for credentials in (
            Credentials(token=TOKEN),
            Credentials(user="ada", password=PASSWORD),
        ):
            for text in (repr(credentials), str(credentials)):
                self.assertNotIn(TOKEN, text)
                self.assertNotIn(PASSWORD, text)
