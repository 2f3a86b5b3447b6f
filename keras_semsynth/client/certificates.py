"""Whom a client trusts, and how it shows who it is, over TLS."""

import dataclasses
import os
import ssl
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import grpc


@dataclasses.dataclass(frozen=True)
class Certificates:
    """Certificates of a client.

    Args:
        authority: str or `None`. PEM file of the authorities that are
            trusted, in place of the public ones. Defaults to `None`.
        client: str or `None`. PEM file of the certificate that the client
            shows, with its private key. Defaults to `None`.

    Raises:
        ValueError: If a file cannot be used.
    """

    authority: str | os.PathLike | None = None
    client: str | os.PathLike | None = None

    def __post_init__(self):
        # Also for gRPC, which writes what is wrong with them into a log.
        if self.authority is not None:
            _use(
                "certificate_authority",
                self.authority,
                "certificates in PEM form",
                lambda path: ssl.create_default_context(cafile=path),
            )
        if self.client is not None:
            _use(
                "client_certificate",
                self.client,
                "a certificate and its private key, without a password, in "
                "PEM form",
                lambda path: self._show(ssl.create_default_context(), path),
            )

    def context(self) -> ssl.SSLContext | None:
        """Returns what httpx needs, `None` for its own choice."""
        if self.authority is None and self.client is None:
            return None
        context = ssl.create_default_context(cafile=self.authority)
        if self.client is not None:
            self._show(context, self.client)
        return context

    def channel_credentials(self) -> "grpc.ChannelCredentials":
        """Returns what gRPC needs."""
        import grpc

        shown = _read(self.client)
        return grpc.ssl_channel_credentials(
            _read(self.authority), private_key=shown, certificate_chain=shown
        )

    @staticmethod
    def _show(context, path):
        # Without a password OpenSSL would ask for it on the terminal.
        context.load_cert_chain(path, password=b"")


def _use(argument, path, wanted, load):
    try:
        load(os.fspath(path))
    except (OSError, ValueError, TypeError) as error:  # ssl.SSLError among them
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"`{argument}` must be a file with {wanted}. Received: "
            f"{argument}={str(path)!r} ({reason})."
        ) from error


def _read(path):
    if path is None:
        return None
    with open(path, "rb") as file:
        return file.read()
