import unittest

from keras_semsynth.client import Client
from keras_semsynth.client.server_address import ServerAddress

MODEL = "/v1/models/spade"


class ServerAddressTest(unittest.TestCase):
    def test_parts(self):
        for url, target, path in (
            (f"http://host{MODEL}", "host:80", MODEL),
            (
                f"https://a-b.c_d.example.{MODEL}/",
                "a-b.c_d.example.:443",
                MODEL,
            ),
            (f"grpc://[::1]:1{MODEL}", "[::1]:1", MODEL),
            (f"grpcs://HOST:65535{MODEL}", "host:65535", MODEL),
            (
                f"https://host/tenant/a.b~c{MODEL}/versions/3",
                "host:443",
                f"/tenant/a.b~c{MODEL}/versions/3",
            ),
            (f"http://host/v1/models{MODEL}", "host:80", f"/v1/models{MODEL}"),
            ("http://h/v1/models/%C3%A9", "h:80", "/v1/models/%C3%A9"),
        ):
            with self.subTest(url=url):
                address = ServerAddress.parse(url)
                self.assertEqual(address.target, target)
                self.assertEqual(address.path, path)

    def test_this_machine_is_known(self):
        for host, local in (
            ("localhost", True),
            ("127.0.0.1", True),
            ("127.9.9.9", True),
            ("[::1]", True),
            ("128.0.0.1", False),
            ("localhost.example", False),
            ("[::2]", False),
        ):
            address = ServerAddress.parse(f"http://{host}{MODEL}")
            self.assertIs(address.local, local, host)

    def test_what_is_no_address_is_refused(self):
        for url in (
            None,
            5,
            b"http://host/v1/models/a",
            "",
            f" http://host{MODEL}",
            f"http://host{MODEL}\n",
            f"http://ho st{MODEL}",
            f"http://host\t{MODEL}",
            f"ht\ntp://host{MODEL}",
            f"http://host\r\nx: y{MODEL}",
            f"http://host\0{MODEL}",
            f"http:\\\\host{MODEL}",
            f"http://host\\evil{MODEL}",
            f"http://h\u00f6st{MODEL}",
            f"http://ho%73t{MODEL}",
            f"http://-host{MODEL}",
            f"http://a..b{MODEL}",
            f"http://{'a' * 64}{MODEL}",
            f"http://{'a.' * 130}b{MODEL}",
            f"http://host:0{MODEL}",
            f"http://host:65536{MODEL}",
            f"http://host:-1{MODEL}",
            f"http://host:8x{MODEL}",
            f"http://[::1{MODEL}",
            f"http://[::g]{MODEL}",
            f"http://[fe80::1%25eth0]{MODEL}",
            f"//host{MODEL}",
            f"file://host{MODEL}",
            "http://host/v1/models/",
            "http://host/v1/models//",
            "http://host/v1/models/a%2Fb",
            "http://host/v1/models/a%5cb",
            "http://host/v1/models/a%20b",
            "http://host/v1/models/a%0Ab",
            "http://host/v1/models/%ff",
            "http://host/v1/models/..",
            "http://host/v1/models/%2e%2e",
            f"http://host/a/../b{MODEL}",
            f"http://host//a{MODEL}",
            f"http://host/a%2fb{MODEL}",
            f"http://host{MODEL}/versions/",
            f"http://host{MODEL}/versions/-1",
            f"http://host{MODEL}/versions/{10**20}",
            f"http://host{MODEL}/versions/\u0663",
            f"http://host{MODEL}?token=s3cret",
            f"http://host{MODEL}#s3cret",
            "http://" + "a" * 5000,
        ):
            with self.subTest(url=url):
                with self.assertRaisesRegex(ValueError, "must look") as caught:
                    ServerAddress.parse(url)
                text = str(caught.exception)
                self.assertTrue(text.isprintable(), text)
                self.assertLess(len(text), 500)
                self.assertNotIn("=s3cret", text)

    def test_a_password_in_it_is_not_repeated(self):
        for url in (
            f"http://ada:s3cret@host{MODEL}",
            f"http://ada:s3/cret@host{MODEL}",
            f"http://s3cret@host{MODEL}",
        ):
            with self.assertRaisesRegex(ValueError, "SEMSYNTH_USER") as caught:
                ServerAddress.parse(url)
            self.assertNotIn("s3", str(caught.exception))

    def test_numbers_are_numbers(self):
        nan, endless = float("nan"), float("inf")
        for name, values in (
            ("timeout", ("5", True, None, 0, -1, nan, endless, 1e9, [5])),
            ("backoff", ("5", True, None, -1, nan, endless, 1e9)),
            ("retries", ("5", True, None, -1, 1.0, nan)),
        ):
            for value in values:
                with self.subTest(name=name, value=value):
                    with self.assertRaisesRegex(ValueError, f"`{name}` must"):
                        Client(f"http://host{MODEL}", **{name: value})
