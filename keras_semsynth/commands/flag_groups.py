"""Flags derived from the arguments of functions and classes."""

import dataclasses
import re
import textwrap
from collections.abc import Collection
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from absl import flags

from keras_semsynth.experiments.arguments import Argument
from keras_semsynth.experiments.arguments import arguments_of
from keras_semsynth.experiments.arguments import suggestion

WIDTH = 79
_ARGUMENT = re.compile(r"`([\w.]+)(=[^`]*)?`")
_PLAIN_TYPE = re.compile(
    r"^(?:str|bool|int|float|[Ss]equence of \w+)(?: or `None`)?\. "
)


@dataclasses.dataclass(frozen=True)
class FlagGroup:
    """The flags of one function or class.

    Args:
        title: str. Heading in the help.
        arguments: Mapping, name -> `Argument`.
        prefix: str. What stands before the names, such as `"generator."`.
            Defaults to `""`.
        part: str or `None`. The part of an experiment that they are of.
            Defaults to `None`.
    """

    title: str
    arguments: Mapping[str, Argument]
    prefix: str = ""
    part: str | None = None

    def define(self, values: flags.FlagValues) -> None:
        """Defines the flags; one that is not given has the value `None`.

        Args:
            values: `flags.FlagValues`.
        """
        for name, argument in self.arguments.items():
            flag = flags.Flag(
                _Parser(argument),
                None,
                self.prefix + name,
                None,
                argument.help,
                # `--name` and `--noname` need no value then.
                boolean=argument.is_boolean,
            )
            flags.DEFINE_flag(flag, values, self.title)

    def given(self, values: flags.FlagValues) -> dict[str, Any]:
        """Collects what was given on the command line.

        Args:
            values: Parsed `flags.FlagValues`.

        Returns:
            dict, name of the argument -> value.
        """
        return {
            name: values[self.prefix + name].value
            for name in self.arguments
            if values[self.prefix + name].present
        }

    def help(self, only: tuple[str, ...] | None = None) -> list[str]:
        """Describes the flags.

        Args:
            only: Names of the flags to describe, or `None` for all.
                Defaults to `None`.

        Returns:
            List of lines; empty if there is none to describe.
        """
        lines = []
        flags_of = {name: self.prefix + name for name in self.arguments}
        for name, argument in self.arguments.items():
            if only is None or flags_of[name] in only:
                text = say_flags(argument.help, flags_of)
                lines += _describe(flags_of[name], argument, text)
        return [f"{self.title}:", *lines, ""] if lines else []


def with_values(
    arguments: Mapping[str, Argument], values: Mapping[str, Any]
) -> dict[str, Argument]:
    """Returns the arguments with values as their defaults.

    Args:
        arguments: Mapping, name -> `Argument`.
        values: Mapping, name -> value; other arguments keep theirs.

    Returns:
        dict, name -> `Argument`.
    """
    return {
        name: dataclasses.replace(
            argument, default=values.get(name, argument.default)
        )
        for name, argument in arguments.items()
    }


def options_group(classes: Sequence[type], own: Collection[str]) -> FlagGroup:
    """Makes flags of the arguments of classes that a command builds.

    Args:
        classes: Sequence of classes, one of which will be built.
        own: Names of arguments that have flags already.

    Returns:
        `FlagGroup`.
    """
    found = {}
    for owner in classes:
        found |= arguments_of(owner)
    names = " or ".join(owner.__name__ for owner in classes)
    return FlagGroup(
        f"Arguments of {names}",
        {name: found[name] for name in found if name not in own},
    )


class _Parser(flags.ArgumentParser):
    def __init__(self, argument):
        self.argument = argument

    def parse(self, argument):
        return self.argument.parse(argument)

    def flag_type(self):
        return self.argument.expected


def _describe(flag, argument, text):
    default = ""
    if not argument.required and argument.default is not None:
        default = f"={argument.format(argument.default)}"
    # A plain type says what `=` says already; a range does not.
    text = f"    {_PLAIN_TYPE.sub('', text)}"
    return [
        f"  --{flag}{default}",
        *textwrap.wrap(text, WIDTH, subsequent_indent="    "),
    ]


def say_flags(text: str, names: Mapping[str, str]) -> str:
    """Turns the arguments that a message names into flags.

    Args:
        text: str. Arguments stand in backticks, perhaps with a value.
        names: Mapping, argument -> flag.

    Returns:
        str.
    """

    def flag(match):
        name, value = match[1], match[2] or ""
        if name not in names:
            return match[0]
        return f"--{names[name]}{value}"

    return _ARGUMENT.sub(flag, text)


def last_value(
    arguments: Sequence[str], name: str, default: str | None = None
) -> str | None:
    """Finds the value that a flag will have, before flags are defined.

    Args:
        arguments: Sequence of str, a command line.
        name: str. The flag.
        default: str or `None`. Value without the flag. Defaults to `None`.

    Returns:
        str or `None`.
    """
    found = default
    for i, argument in enumerate(arguments):
        match = re.fullmatch(f"--?{name}(?:=(.*))?", argument, re.DOTALL)
        if not match:
            continue
        if match[1] is not None:
            found = match[1]
        elif i + 1 < len(arguments):
            found = arguments[i + 1]
    return found


def explain(
    error: flags.Error, values: flags.FlagValues, chosen: str = ""
) -> str:
    """Says what is wrong with a flag, with the closest existing one.

    Args:
        error: `flags.Error` of parsing.
        values: `flags.FlagValues`.
        chosen: str. The flag on which it depends which others there are.
            Defaults to none.

    Returns:
        str.
    """
    if isinstance(error, flags.UnrecognizedFlagError):
        near = suggestion(error.flagname, list(values)).replace(
            "did you mean ", "did you mean --"
        )
        place = f" with {chosen}" if chosen else ""
        return f"There is no flag --{error.flagname}{place}{near}; see --help."
    match = re.fullmatch(
        r"flag --([\w.]+)=.*?: (`.*)", str(error), flags=re.DOTALL
    )
    if not match:
        return str(error)
    flag, text = match.groups()
    return say_flags(text, {flag.rpartition(".")[2]: flag})
