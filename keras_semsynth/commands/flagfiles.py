"""Flag files, which may include each other."""

import os
import pathlib
import re

from keras_semsynth.commands.configs import configs_folder
from keras_semsynth.experiments.arguments import suggestion


def expand_flagfiles(
    arguments: list[str], seen: tuple[pathlib.Path, ...] = ()
) -> list[str]:
    """Replaces every `--flagfile` by the lines of that file, in its place.

    A later flag wins, so a file may include another and then override it.
    Files are looked for from the current folder, then beside the including
    file, then among those that come with the package.

    Args:
        arguments: List of str.
        seen: Files that are being read, outermost first. Defaults to none.

    Returns:
        List of str.

    Raises:
        ValueError: If a file is missing, unreadable or includes itself.
    """
    result = []
    arguments = list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if re.fullmatch("--?flagfile", argument):
            if not arguments:
                raise ValueError("--flagfile needs the path of a file.")
            name = arguments.pop(0)
        elif match := re.fullmatch("--?flagfile=(.*)", argument):
            name = match[1]
        else:
            result.append(argument)
            continue
        path = _find(name, seen)
        result += expand_flagfiles(_read_lines(path), (*seen, path))
    return result


def _find(name, seen):
    root = configs_folder().parent
    folders = [pathlib.Path()]
    folders += [seen[-1].parent] if seen else []
    folders.append(root)
    for folder in folders:
        path = (folder / os.path.expanduser(name)).resolve()
        if path.is_file():
            if path in seen:
                raise ValueError(f"The flag file {path} includes itself.")
            return path
    included = f", included by {seen[-1]}," if seen else ""
    near = [str(p.relative_to(root)) for p in root.glob("configs/**/*.cfg")]
    raise ValueError(
        f"The flag file {name}{included} was not found{suggestion(name, near)}."
    )


def _read_lines(path):
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(
            f"The flag file {path} cannot be read ({error})."
        ) from error
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith(("#", "//")):
            continue
        if not line.startswith("-"):
            raise ValueError(
                f"Line {number} of the flag file {path} is no flag: "
                f"{line!r}. Write --name=value, or # before a comment."
            )
        lines.append(line)
    return lines
