"""Where a model is served."""

import dataclasses
import ipaddress
import re
import urllib.parse

_PATH = re.compile(
    r"((?:/[A-Za-z0-9._~-]+)*)/v1/models/([^/:]+)(?:/versions/([0-9]{1,18}))?/?"
)
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.?")
_EXAMPLES = (
    "http://localhost:8501/v1/models/spade or "
    "grpc://localhost:8500/v1/models/spade"
)
_PORTS = {"http": 80, "https": 443, "grpc": 8500, "grpcs": 443}


@dataclasses.dataclass(frozen=True)
class ServerAddress:
    """The parts of a URL such as `grpc://host:8500/v1/models/spade`.

    Args:
        scheme: `"http"`, `"https"`, `"grpc"` or `"grpcs"` (gRPC over TLS).
        host: str.
        port: int.
        model: str. Name of the model.
        version: int, or `None` for the newest. Defaults to `None`.
        prefix: str. What a proxy has before `/v1`, such as `/tenant/a`.
            Defaults to `""`.
    """

    scheme: str
    host: str
    port: int
    model: str
    version: int | None = None
    prefix: str = ""

    @classmethod
    def parse(cls, url: str) -> "ServerAddress":
        """Reads a URL.

        Args:
            url: str. `SCHEME://HOST:PORT/v1/models/NAME`, optionally followed
                by `/versions/NUMBER` and with a path before `/v1`.

        Returns:
            `ServerAddress`.

        Raises:
            ValueError: If the URL has another form.
        """
        text = str(url)
        if "@" in text.partition("://")[2].partition("/v1/")[0]:
            raise ValueError(
                "The address of a model holds no user or password, as it is "
                "shown in errors and logs: leave out what stands before the @, "
                "and set SEMSYNTH_USER and SEMSYNTH_PASSWORD."
            )
        parts = isinstance(url, str) and _split(text)
        path = parts and _PATH.fullmatch(parts.path)
        if not path:
            raise _wrong(text)
        prefix, name, version = path.groups()
        try:
            name = urllib.parse.unquote(name, errors="strict")
        except UnicodeDecodeError:
            raise _wrong(text) from None
        steps = {*prefix.split("/"), name}
        if steps & {".", ".."} or not _is_plain(name) or set("/:%?#") & {*name}:
            raise _wrong(text)
        return cls(
            parts.scheme,
            parts.hostname,
            parts.port or _PORTS[parts.scheme],
            name,
            None if version is None else int(version),
            prefix,
        )

    @property
    def secure(self) -> bool:
        """bool. Whether what is sent is encrypted."""
        return self.scheme in ("https", "grpcs")

    @property
    def local(self) -> bool:
        """bool. Whether the server is on this machine."""
        if self.host.rstrip(".") == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def target(self) -> str:
        """`HOST:PORT`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def server(self) -> str:
        """`SCHEME://HOST:PORT`."""
        return f"{self.scheme}://{self.target}"

    @property
    def path(self) -> str:
        """`[PREFIX]/v1/models/NAME[/versions/NUMBER]`."""
        name = urllib.parse.quote(self.model, safe="")
        path = f"{self.prefix}/v1/models/{name}"
        return (
            path if self.version is None else f"{path}/versions/{self.version}"
        )

    def __str__(self):
        return self.server + self.path


def _split(text):
    """Returns the parts of a URL, or `None` where one is not as it must be."""
    # `urlsplit` drops line ends and what else it does not like.
    if not _is_plain(text) or not text.isascii():
        return None
    if "%" in text.partition("://")[2].partition("/")[0]:
        return None
    try:
        parts = urllib.parse.urlsplit(text)
        port = parts.port
        if ":" in (parts.hostname or ""):
            ipaddress.IPv6Address(parts.hostname)
        elif len(parts.hostname or "") > 253:
            return None
        elif not _NAME.fullmatch(parts.hostname or ""):
            return None
    except ValueError:
        return None
    if parts.query or parts.fragment or parts.scheme not in _PORTS or port == 0:
        return None
    return parts


def _is_plain(text):
    return text.isprintable() and " " not in text and "\\" not in text


def _wrong(text):
    # What stands behind the question mark may be a secret.
    text = text.partition("?")[0]
    text = text if len(text) <= 200 else f"{text[:200]}..."
    return ValueError(
        f"The address of a model must look like {_EXAMPLES}, optionally with "
        f"/versions/NUMBER. Received: {text!r}."
    )
