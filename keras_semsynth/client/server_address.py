"""Where a model is served."""

import dataclasses
import re
import urllib.parse

_PATH = re.compile(r"/v1/models/([^/:]+)(?:/versions/(\d+))?/?")
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
    """

    scheme: str
    host: str
    port: int
    model: str
    version: int | None = None

    @classmethod
    def parse(cls, url: str) -> "ServerAddress":
        """Reads a URL.

        Args:
            url: str. `SCHEME://HOST:PORT/v1/models/NAME`, optionally followed
                by `/versions/NUMBER`.

        Returns:
            `ServerAddress`.

        Raises:
            ValueError: If the URL has another form.
        """
        try:
            parts = urllib.parse.urlsplit(str(url))
            port = parts.port
        except ValueError:
            parts = port = None
        path = parts and _PATH.fullmatch(parts.path)
        extra = parts and (parts.query or parts.fragment or parts.username)
        if (
            not path
            or extra
            or not parts.hostname
            or parts.scheme not in _PORTS
        ):
            raise ValueError(
                "The address of a model must look like "
                f"{_EXAMPLES}, optionally with /versions/NUMBER. Received: "
                f"{str(url)!r}."
            )
        name, version = path.groups()
        return cls(
            parts.scheme,
            parts.hostname,
            _PORTS[parts.scheme] if port is None else port,
            urllib.parse.unquote(name),
            None if version is None else int(version),
        )

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
        """`/v1/models/NAME[/versions/NUMBER]`."""
        path = f"/v1/models/{urllib.parse.quote(self.model, safe='')}"
        return (
            path if self.version is None else f"{path}/versions/{self.version}"
        )

    def __str__(self):
        return self.server + self.path
