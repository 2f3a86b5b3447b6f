"""The proxy of deploy/, if nginx is here, between the client and servers."""

import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
import unittest

import numpy as np
import pytest

from keras_semsynth.client import Client
from keras_semsynth.client import Credentials
from keras_semsynth.client import errors
from tests.client import certificates
from tests.client.scripted_servers import GrpcServer
from tests.client.scripted_servers import RestServer

DEPLOY = pathlib.Path(__file__).resolve().parents[1] / "deploy"
LAYOUT = np.arange(24).reshape(4, 6) % 3
TOKEN, PASSWORD = "0123456789abcdefABCDEF", "correct horse"


@unittest.skipUnless(shutil.which("nginx"), "needs nginx")
class ProxyTest(unittest.TestCase):
    """`nginx.conf` as it is, but for its places and ports."""

    @classmethod
    def setUpClass(cls):
        for package in ("httpx", "tensorflow_serving"):
            pytest.importorskip(package, reason="needs the extra `client`")
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.root = pathlib.Path(folder.name)
        cls.servers = {"https": RestServer(), "grpcs": GrpcServer()}
        for server in cls.servers.values():
            cls.addClassCleanup(server.close)
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            cls.port = unused.getsockname()[1]
        cls.fill_secrets()
        cls.start()

    @classmethod
    def fill_secrets(cls):
        made = certificates.folder()
        shutil.copy(made / "server.pem", cls.root / "certificate.pem")
        shutil.copy(made / "server.key", cls.root / "key.pem")
        hashed = subprocess.run(
            ["openssl", "passwd", "-6", PASSWORD],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        (cls.root / "users").write_text(f"ada:{hashed}")
        (cls.root / "tokens").write_text(f'"~^Bearer {TOKEN}$" off;\n')
        for name in ("users", "tokens", "key.pem"):
            (cls.root / name).chmod(0o644)
        cls.root.chmod(0o755)

    @classmethod
    def start(cls):
        text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
        for old, new in (
            ("/tmp/", f"{cls.root}/"),
            ("/etc/semsynth/secrets", str(cls.root)),
            ("listen 8443", f"listen 127.0.0.1:{cls.port}"),
            ("serving:8501", cls.servers["https"].url.split("/")[2]),
            ("serving:8500", cls.servers["grpcs"].url.split("/")[2]),
        ):
            assert old in text, old
            text = text.replace(old, new)
        version = subprocess.run(
            ["nginx", "-v"], capture_output=True, text=True
        ).stderr
        number = re.search(r"/(\d+)\.(\d+)\.(\d+)", version).groups()
        if tuple(map(int, number)) < (1, 25, 1):
            text = text.replace("http2 on;", "").replace(" ssl;", " ssl http2;")
        path = cls.root / "nginx.conf"
        path.write_text(text)
        cls.log = (cls.root / "log").open("w+")
        cls.addClassCleanup(cls.log.close)
        process = subprocess.Popen(
            ["nginx", "-e", "stderr", "-c", path, "-p", cls.root]
            + ["-g", "daemon off;"],
            stdout=cls.log,
            stderr=cls.log,
        )
        cls.addClassCleanup(process.wait, 30)
        cls.addClassCleanup(process.terminate)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", cls.port), 1).close()
                return
            except OSError:
                assert process.poll() is None, (cls.root / "log").read_text()
                time.sleep(0.05)
        raise AssertionError("nginx does not listen")

    def client(self, scheme, **options):
        client = Client(
            f"{scheme}://localhost:{self.port}/v1/models/spade",
            certificate_authority=certificates.folder() / "authority.pem",
            **options,
        )
        self.addCleanup(client.close)
        return client

    def test_who_is_known_gets_a_picture(self):
        for scheme, server in self.servers.items():
            for credentials in (
                Credentials(token=TOKEN),
                Credentials(user="ada", password=PASSWORD),
            ):
                with self.subTest(scheme=scheme, kind=credentials.kind):
                    client = self.client(scheme, credentials=credentials)
                    image = client.synthesize(LAYOUT, seed=3)
                    self.assertEqual(image.shape, (4, 6, 3))
                    # The model server learns nothing of them.
                    self.assertIsNone(server.authorizations[-1])

    def test_who_is_not_known_gets_none(self):
        for scheme, server in self.servers.items():
            before = len(server.requests)
            for credentials, wanted in (
                (Credentials(), "wants to know who asks"),
                (Credentials(token=TOKEN[:-1]), "does not accept the token"),
                (Credentials(token=TOKEN.lower()), "does not accept"),
                (
                    Credentials(user="ada", password="x"),
                    "does not accept the p",
                ),
                (Credentials(user="eve", password=PASSWORD), "does not acc"),
            ):
                with self.subTest(scheme=scheme, wanted=wanted):
                    client = self.client(scheme, credentials=credentials)
                    with self.assertRaisesRegex(errors.AccessError, wanted):
                        client.synthesize(LAYOUT)
            self.assertEqual(len(server.requests), before)
        self.log.flush()
        text = (self.root / "log").read_text()
        self.assertNotIn(TOKEN[:-1], text)
        self.assertNotIn(PASSWORD, text)

    def test_nothing_but_models_is_behind_it(self):
        import httpx

        base = f"https://localhost:{self.port}"
        context = ssl.create_default_context(
            cafile=certificates.folder() / "authority.pem"
        )
        with httpx.Client(verify=context, auth=("ada", PASSWORD)) as http:
            for path in ("/", "/monitoring/prometheus/metrics", "/v1/"):
                self.assertEqual(http.get(base + path).status_code, 404, path)
            answer = http.delete(f"{base}/v1/models/spade")
            self.assertEqual(answer.status_code, 403)
