"""Flags and errors of the commands: one sentence instead of a traceback."""

import contextlib
import copy
import difflib
import os
import pathlib
import re
import sys

from absl import flags

from keras_semsynth.commands.configs import configs_folder

HELP_OPTIONS = {"--help", "-help", "-h", "--helpshort", "--helpfull", "-?"}


class UsageError(ValueError):
    """A mistake of the caller, told in one sentence."""


def parse_flags(argv, usage, modules, root=None, flag_values=None):
    """Parses a command line, or ends the process with one sentence.

    Flag files may include others; their paths are looked up from the current
    folder, then from that of the including file, then from the folder that
    holds the package's `configs`.

    Args:
        argv: List of str, `argv[0]` the program.
        usage: str. What the program does; shown by `--help`.
        modules: Names of the modules whose flags `--help` lists.
        root: Path looked in last. Defaults to the parent of
            `configs_folder()`.
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.

    Returns:
        The parsed `flags.FlagValues`.
    """
    flag_values = flags.FLAGS if flag_values is None else flag_values
    root = pathlib.Path(root or configs_folder().parent)
    if HELP_OPTIONS & set(argv[1:]):
        print(usage.strip())
        for module in modules:
            print(flag_values.module_help(module))
        print("  --flagfile: Insert flags from this file, one a line.")
        raise SystemExit(0)
    with one_sentence():
        expanded = expand_flagfiles(argv[1:], root)
        try:
            rest = flag_values([argv[0], *expanded])
        except flags.Error as error:
            raise UsageError(explain(error, flag_values)) from error
        if len(rest) > 1:
            raise UsageError(
                f"Unexpected argument {rest[1]!r}: every option is written "
                "--name=value; see --help."
            )
    return flag_values


@contextlib.contextmanager
def one_sentence(debug=False):
    """Turns expected errors of a block into one sentence and exit status 2.

    Args:
        debug: bool. Shows the traceback instead. Defaults to `False`.
    """
    try:
        yield
    except (ValueError, OSError, ImportError) as error:
        if debug:
            raise
        fail(error, 2)


def fail(error, status):
    """Prints an error as one paragraph and ends the process.

    Args:
        error: Exception or str.
        status: int. Exit status.
    """
    text = " ".join(str(error).split())
    print(f"Error: {text}", file=sys.stderr, flush=True)
    raise SystemExit(status)


def copy_flags(module, flag_values):
    """Gives a command the flags that a module defined for the process.

    Args:
        module: str. Name of the module.
        flag_values: `flags.FlagValues` that gets its own copies, unset.
    """
    for flag in flags.FLAGS.get_flags_for_module(module):
        flag = copy.deepcopy(flag)
        flag.unparse()
        flag_values[flag.name] = flag
        flag_values.register_flag_by_module(module, flag)


def expand_flagfiles(arguments, root, seen=()):
    """Replaces every `--flagfile` by the lines of that file, in its place.

    A later flag wins, so a file may include another and then override it.

    Args:
        arguments: List of str.
        root: Path looked in last.
        seen: Files that are being read, outermost first.

    Returns:
        List of str.

    Raises:
        UsageError: If a file is missing, unreadable or includes itself.
    """
    result = []
    arguments = list(arguments)
    while arguments:
        argument = arguments.pop(0)
        if re.fullmatch("--?flagfile", argument):
            if not arguments:
                raise UsageError("--flagfile needs the path of a file.")
            name = arguments.pop(0)
        elif match := re.fullmatch("--?flagfile=(.*)", argument):
            name = match[1]
        else:
            result.append(argument)
            continue
        path = _find_flagfile(name, root, seen)
        lines = _read_lines(path)
        result += expand_flagfiles(lines, root, (*seen, path))
    return result


def _find_flagfile(name, root, seen):
    folders = [pathlib.Path()]
    folders += [seen[-1].parent] if seen else []
    folders.append(root)
    for folder in folders:
        path = (folder / os.path.expanduser(name)).resolve()
        if path.is_file():
            if path in seen:
                raise UsageError(f"The flag file {path} includes itself.")
            return path
    included = f", included by {seen[-1]}," if seen else ""
    near = [str(p.relative_to(root)) for p in root.glob("configs/**/*.cfg")]
    raise UsageError(
        f"The flag file {name}{included} was not found"
        f"{_suggestion(name, near)}."
    )


def _read_lines(path):
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The flag file {path} cannot be read ({error})."
        ) from error
    lines = []
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line.startswith(("#", "//")):
            continue
        if not line.startswith("-"):
            raise UsageError(
                f"Line {number} of the flag file {path} is no flag: "
                f"{line!r}. Write --name=value, or # before a comment."
            )
        lines.append(line)
    return lines


def explain(error, flag_values):
    """Says what is wrong with a flag, with the closest existing choice.

    Args:
        error: `flags.Error`.
        flag_values: `flags.FlagValues`.

    Returns:
        str.
    """
    if isinstance(error, flags.UnrecognizedFlagError):
        names = [n for n in flag_values if not n.startswith("no")]
        return (
            f"There is no flag --{error.flagname}"
            f"{_suggestion(error.flagname, names, '--')}; --help lists all."
        )
    text = str(error)
    match = re.search(
        r"flag --(\w+)=(\S*): value should be one of <(.*)>", text
    )
    if match:
        name, value, choices = match.groups()
        choices = choices.split("|")
        return (
            f"--{name}={value} is not a choice"
            f"{_suggestion(value, choices)}; choose one of "
            f"{', '.join(choices)}."
        )
    return text


def _suggestion(word, candidates, prefix=""):
    near = difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.5)
    return f" (did you mean {prefix}{near[0]}?)" if near else ""


def resolved_flags(flag_values, modules):
    """Collects the values of all flags of some modules.

    Args:
        flag_values: Parsed `flags.FlagValues`.
        modules: Names of modules.

    Returns:
        dict of str to str, without the flags that are unset.
    """
    result = {}
    by_module = flag_values.flags_by_module_dict()
    for module in modules:
        for flag in by_module.get(module, []):
            if flag.value is not None:
                # "--name=value", "--name" or "--noname"
                text = flag.serialize()
                if flag.boolean:
                    result[flag.name] = str(flag.value).lower()
                elif text:
                    result[flag.name] = text.partition("=")[2]
    return result
