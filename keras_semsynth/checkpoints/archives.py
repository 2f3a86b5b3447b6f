"""The zip archive that `torch.save` writes, read without unpacking anything."""

import os
import zipfile
from types import TracebackType

_COMPRESSED_OR_ENCRYPTED = (
    "its member {} is compressed or encrypted, which `torch.save` never does."
)
# Bytes of a member's own header, without its name.
_HEADER = 30
_ENCRYPTED = 0x41


class TorchArchive:
    """An archive whose members are stored as they are, each once.

    So no member is larger than the file, nor all together.

    Args:
        path: str or path-like.

    Raises:
        ValueError: If it is no archive of `torch.save`, or its members are
            compressed, encrypted, there twice, or overlap.
    """

    def __init__(self, path: str | os.PathLike):
        self._archive = zipfile.ZipFile(path)
        try:
            self._members = _stored_members(
                self._archive.infolist(), os.path.getsize(path)
            )
            self._folder = self._find_folder()
        except BaseException:
            self._archive.close()
            raise

    def _find_folder(self):
        found = [n for n in self._members if n.endswith("/data.pkl")]
        if len(found) != 1:
            raise ValueError(
                "it is a zip archive but not one of `torch.save` (no or "
                "several data.pkl inside; TorchScript is not supported)."
            )
        folder = found[0].removesuffix("data.pkl")
        if f"{folder}constants.pkl" in self._members:
            raise ValueError("it holds a TorchScript module, not a state dict.")
        return folder

    def size(self, name: str) -> int | None:
        """Returns the bytes of a member, or `None` if it is not there."""
        info = self._members.get(self._folder + name)
        return None if info is None else info.file_size

    def read(self, name: str) -> bytes:
        """Returns the content of a member."""
        return self._archive.read(self._members[self._folder + name])

    def __enter__(self) -> "TorchArchive":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._archive.close()


def _stored_members(infos, size):
    """dict, name -> `ZipInfo`, of members side by side in the file."""
    members, free = {}, 0
    for info in sorted(infos, key=lambda info: info.header_offset):
        name = info.filename
        if (
            info.compress_type != zipfile.ZIP_STORED
            or info.compress_size != info.file_size
            or info.flag_bits & _ENCRYPTED
        ):
            raise ValueError(_COMPRESSED_OR_ENCRYPTED.format(name))
        if name in members:
            raise ValueError(f"its member {name} is there twice.")
        end = info.header_offset + _HEADER + info.file_size
        if info.header_offset < free or end > size:
            raise ValueError(
                f"its member {name} overlaps another or the end of the file."
            )
        members[name], free = info, end
    return members
