"""Certificates of a made authority, for servers of tests."""

import atexit
import functools
import pathlib
import shutil
import ssl
import subprocess
import tempfile

import pytest

_NEW_KEY = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2"


@functools.cache
def folder():
    """Returns a folder of PEM files, made once.

    `authority.pem` signed `server.pem`, of localhost and 127.0.0.1, and
    `client.pem`, both with their keys; `other.pem` signed nothing.
    """
    made = pathlib.Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    signed = ["-CA", made / "authority.pem", "-CAkey", made / "authority.key"]
    names = ["-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    try:
        _request(made, "authority")
        _request(made, "other")
        _request(made, "server", *signed, *names)
        _request(made, "client", *signed)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"needs openssl 3 to make certificates ({error})")
    for name in ("server", "client"):
        key = made.joinpath(f"{name}.key").read_bytes()
        with made.joinpath(f"{name}.pem").open("ab") as file:
            file.write(key)
    return made


def server_context(client=False):
    """Returns what a server of Python's `ssl` needs.

    Args:
        client: bool. Whether the client must show a certificate.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder() / "server.pem")
    if client:
        context.load_verify_locations(folder() / "authority.pem")
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def grpc_server_credentials(client=False):
    """The same for a server of gRPC."""
    import grpc

    pem = folder().joinpath("server.pem").read_bytes()
    return grpc.ssl_server_credentials(
        [(pem, pem)],
        folder().joinpath("authority.pem").read_bytes() if client else None,
        client,
    )


def _request(made, name, *options):
    subprocess.run(
        ["openssl", "req", "-x509", *_NEW_KEY.split(), "-subj", f"/CN={name}"]
        + ["-keyout", made / f"{name}.key", "-out", made / f"{name}.pem"]
        + list(options),
        check=True,
        capture_output=True,
    )
