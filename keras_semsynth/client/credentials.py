"""Who asks a model server: a token, or a user with a password."""

import base64
import dataclasses
import os
import re
import stat

TOKEN = "SEMSYNTH_TOKEN"
USER = "SEMSYNTH_USER"
PASSWORD = "SEMSYNTH_PASSWORD"
HOW = (
    f"set {TOKEN}, or {USER} and {PASSWORD}, in the environment, or give a "
    "file with `credentials`"
)
# RFC 6750 and what proxies hand out: one word of visible ASCII.
_TOKEN = re.compile(r"[!-~]+")
_MOST = 16 * 1024  # what servers take as a header, at most


@dataclasses.dataclass(frozen=True)
class Credentials:
    """What a proxy before a model server wants to know.

    Without arguments nothing is sent. Neither `repr` nor any error shows the
    token or the password.

    Args:
        token: str or `None`. Bearer token. Defaults to `None`.
        user: str or `None`. User of basic authentication. Defaults to `None`.
        password: str or `None`. Its password. Defaults to `None`.
        origin: str. What an error calls the place they come from.
            Defaults to `` "`credentials`" ``.

    Raises:
        ValueError: If they cannot be sent, or exclude each other.
    """

    token: str | None = dataclasses.field(default=None, repr=False)
    user: str | None = None
    password: str | None = dataclasses.field(default=None, repr=False)
    origin: str = "`credentials`"

    def __post_init__(self):
        if self.token is not None and self.user is not None:
            raise ValueError(
                f"{self.origin} gives a token and a user, but a server takes "
                "one of them: leave the other out."
            )
        if (self.user is None) != (self.password is None):
            raise ValueError(
                f"{self.origin} must give a user together with a password."
            )
        if self.token is not None and (
            not _TOKEN.fullmatch(self.token) or len(self.token) > _MOST
        ):
            raise ValueError(
                f"The token of {self.origin} must be one word of visible ASCII "
                f"characters, at most {_MOST}: copy it again."
            )
        if self.user is not None and (
            not self.user
            or ":" in self.user
            or not (self.user + self.password).isprintable()
            or len(self.user + self.password) > _MOST
        ):
            raise ValueError(
                f"The user of {self.origin} must not be empty nor contain a "
                "colon, and neither user nor password a control character."
            )

    @classmethod
    def from_environment(cls) -> "Credentials":
        """Reads `SEMSYNTH_TOKEN`, or `SEMSYNTH_USER` and `SEMSYNTH_PASSWORD`.

        Returns:
            `Credentials`, empty if none of them is set.

        Raises:
            ValueError: If they cannot be sent, or exclude each other.
        """
        token, user, password = (
            os.environ.get(name) or None for name in (TOKEN, USER, PASSWORD)
        )
        names = [TOKEN] if token else []
        names += [USER] if user else []
        names += [PASSWORD] if password else []
        return cls(token, user, password, " and ".join(names) or "environment")

    @classmethod
    def from_file(cls, path: str | os.PathLike) -> "Credentials":
        """Reads a file of one line: a token, or `USER:PASSWORD`.

        Args:
            path: str. A file that others can read is refused, as a secret in
                it is none; the group may read, as containers mount secrets.

        Returns:
            `Credentials`.

        Raises:
            ValueError: If the file cannot be read, is open to all users of
                this machine or has another form.
        """
        path = os.fspath(path)
        try:
            with open(path, "rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                data = file.read(2 * _MOST + 1)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ValueError(
                f"The file {path!r} of `credentials` cannot be read ({reason})."
            ) from error
        if os.name == "posix" and mode & (stat.S_IROTH | stat.S_IWOTH):
            raise ValueError(
                f"The file {path!r} of `credentials` is open to all users of "
                f"this machine: chmod o-rwx {path!r}."
            )
        lines = data.decode("utf-8", "replace").splitlines()
        if len(lines) != 1 or not lines[0] or "\ufffd" in lines[0]:
            raise ValueError(
                f"The file {path!r} of `credentials` must hold one line, a "
                "token or USER:PASSWORD."
            )
        origin = f"the file {path!r}"
        # A token has no colon, and a password may have several.
        user, colon, password = lines[0].partition(":")
        if colon:
            return cls(user=user, password=password, origin=origin)
        return cls(token=lines[0].strip(), origin=origin)

    @property
    def kind(self) -> str | None:
        """`"token"`, `"password"`, or `None` if there is nothing to send."""
        if self.token is not None:
            return "token"
        return None if self.user is None else "password"

    @property
    def header(self) -> str | None:
        """Value of the header `authorization`, or `None`."""
        if self.token is not None:
            return f"Bearer {self.token}"
        return None if self.user is None else f"Basic {self._basic()}"

    def hide(self, text: str) -> str:
        """Takes the secrets out of what a server says.

        Args:
            text: str. A server may repeat the header that it got.

        Returns:
            str.
        """
        secrets = [self.token, self.password]
        if self.user is not None:
            secrets.insert(0, self._basic())
        for secret in filter(None, secrets):
            text = text.replace(secret, "***")
        return text

    def _basic(self):
        pair = f"{self.user}:{self.password}".encode()
        return base64.b64encode(pair).decode()
