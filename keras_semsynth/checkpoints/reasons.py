"""Why a file cannot be read, in a few words whatever it holds."""

import zipfile

_LONGEST = 300


def reason_of(error: Exception) -> str:
    """Says in one short sentence why a file cannot be read.

    Args:
        error: What reading raised. Its text may quote the file.

    Returns:
        str that ends with a full stop, in printable letters.
    """
    if isinstance(error, MemoryError):
        return "it needs more memory than there is."
    if isinstance(error, RecursionError):
        return "it nests too deep."
    if not isinstance(error, (ValueError, OSError, zipfile.BadZipFile)):
        return f"it is damaged ({type(error).__name__})."
    reason = shown(error)
    return reason if reason.endswith(".") else f"{reason}."


def shown(text: object) -> str:
    """What a file says, shortened and without control characters."""
    words = " ".join(str(text).split())
    letters = "".join(c if c.isprintable() else "?" for c in words[:_LONGEST])
    return letters if len(words) <= _LONGEST else f"{letters}..."
