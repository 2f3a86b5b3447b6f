"""What every command is made of."""

import contextlib
import io
import os
import sys
import warnings
from collections.abc import Callable
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

from absl import flags

from keras_semsynth.commands.chosen_parts import CHOSEN
from keras_semsynth.commands.chosen_parts import FLAT
from keras_semsynth.commands.chosen_parts import choice_flag
from keras_semsynth.commands.chosen_parts import choosing
from keras_semsynth.commands.chosen_parts import unprefixed
from keras_semsynth.commands.errors import one_sentence
from keras_semsynth.commands.flag_groups import FlagGroup
from keras_semsynth.commands.flag_groups import explain
from keras_semsynth.commands.flag_groups import last_value
from keras_semsynth.commands.flag_groups import options_group
from keras_semsynth.commands.flag_groups import with_values
from keras_semsynth.commands.flagfiles import expand_flagfiles
from keras_semsynth.experiments import PARTS
from keras_semsynth.experiments import Argument
from keras_semsynth.experiments import Experiment
from keras_semsynth.experiments import arguments_of
from keras_semsynth.experiments import find_choice
from keras_semsynth.experiments import has_experiment
from keras_semsynth.experiments.parts import OPTIONAL_PARTS
from keras_semsynth.experiments.parts import owners
from keras_semsynth.files.images import max_pixels
from keras_semsynth.files.images import set_max_pixels

HELP_OPTIONS = {"--help", "-help", "-h", "--helpfull", "-?"}
SHORT_HELP_OPTIONS = {"--helpshort", "-helpshort"}
DEBUG = Argument(
    "debug",
    (bool,),
    False,
    False,
    "Show the traceback of an error, not only its sentence.",
)
# The arguments that every command has besides its own.
SHARED = {"debug": DEBUG, **arguments_of(set_max_pixels)}

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
OWN = "This command"
CHOICES = "Parts"
EVERY = "All commands"


class Command:
    """One command: flags, help, one-sentence errors and exit status.

    The flags are the arguments of a function and, if it takes parts of an
    experiment, those of what is chosen for them: `--generator=ccfpse` chooses
    a class, `--generator.hidden_filters=48` sets its argument. Names, types,
    defaults and help come from signatures and `Args` sections.

    Args:
        function: Function that does the work. It is called with the arguments
            that were given, and with `experiment=` (an `Experiment`) if it
            takes all parts, or `data=` (a `Part`, or `None` if no such flag
            was given) if it takes the data alone.
        usage: str. What the command does; shown by `--help`.
        parts: Names of the parts of an experiment it has flags for.
            Defaults to none.
        passed_on: Mapping, function or class to which the function passes
            its `**kwargs` -> names of the arguments that get flags too.
            Defaults to none.
        options_of: Pair of a flag and a function of its value that returns
            the classes to which the function passes its `**kwargs` too.
            Defaults to none.
        short: Names of the flags that `--helpshort` shows. Defaults to none.
        finish: Function that gets the result, prints what is to be said of it
            and returns the exit status or `None` for 0. Defaults to `None`.
        interrupted: str. What is said after Ctrl-C.
            Defaults to `"Interrupted."`.
        lists: bool. Whether the function's errors are lists, whose lines stay
            lines. Defaults to `False`.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        usage: str,
        parts: Sequence[str] = (),
        passed_on: Mapping[Callable[..., Any], Sequence[str]] | None = None,
        options_of: tuple[str, Callable[[str], Sequence[type]]] | None = None,
        short: Sequence[str] = (),
        finish: Callable[[Any], int | None] | None = None,
        interrupted: str = "Interrupted.",
        lists: bool = False,
    ):
        self.function = function
        self.usage = usage
        self.parts = tuple(parts)
        self.passed_on = dict(passed_on or {})
        self.options_of = options_of
        self.short = tuple(short)
        self.finish = finish
        self.interrupted = interrupted
        self.lists = lists

    def __call__(self, argv: Sequence[str] | None = None) -> int:
        """Runs the command.

        Args:
            argv: Sequence of str, `argv[0]` the program. Defaults to
                `sys.argv`.

        Returns:
            int, the exit status.

        Raises:
            SystemExit: With status 2 for a mistake of the caller, 1 for a
                failure during the work.
        """
        argv = list(sys.argv if argv is None else argv)
        if isinstance(sys.stdout, io.TextIOWrapper):
            # Names of files can be bytes that are no text.
            sys.stdout.reconfigure(errors="backslashreplace")
        try:
            with warnings.catch_warnings():
                warnings.showwarning = _note
                result = self._run(argv)
            return self._finish(result)
        except KeyboardInterrupt:
            print(f"\n{self.interrupted}", file=sys.stderr)
            return 130

    def parse(self, arguments: Sequence[str]) -> dict[str, Any]:
        """Turns flags into the arguments of the function.

        Args:
            arguments: Sequence of str, without the program.

        Returns:
            dict.

        Raises:
            ValueError: If a flag is wrong.
        """
        arguments = expand_flagfiles(list(arguments))
        base = self._base(arguments)
        groups = self._groups(base, arguments)
        _, given = self._parse(arguments, base, groups)
        return given

    def groups(self, arguments: Sequence[str] = ()) -> list[FlagGroup]:
        """Returns the flags that there are.

        Args:
            arguments: Sequence of str. Flags that choose parts. Defaults to
                none.

        Returns:
            List of `FlagGroup`.
        """
        arguments = expand_flagfiles(list(arguments))
        return self._groups(self._base(arguments), arguments)

    def _run(self, argv):
        names = {}
        debug = any(a in ("--debug", "--debug=true") for a in argv)
        with one_sentence(debug, names):
            arguments = expand_flagfiles(argv[1:])
            asked = HELP_OPTIONS & set(argv[1:])
            shortly = SHORT_HELP_OPTIONS & set(argv[1:])
            if asked or shortly:
                arguments = [a for a in arguments if a not in asked | shortly]
            names[None] = {name: name for name in self._own()}
            names[None] |= {n: n for n in unprefixed(self.parts)}
            base = self._base(arguments)
            groups = self._groups(base, arguments)
            for part, flags_of in self._flag_names(groups).items():
                names[part] = names.get(part, {}) | flags_of
            if asked or shortly:
                self._print_help(groups, self.short if shortly else None)
                raise SystemExit(0)
            values, given = self._parse(arguments, base, groups)
            shared = groups[-1].given(values)
        with one_sentence(shared.get("debug", False), names, self.lists):
            with _pixel_limit(shared.get("max_pixels")):
                return self.function(**given)

    def _finish(self, result):
        """Prints what is to be said; returns the exit status."""
        try:
            return (self.finish and self.finish(result)) or 0
        except BrokenPipeError:
            # Whoever read, such as `head`, has enough. Python writes once more
            # when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            return 141

    # --- which flags there are -----------------------------------------------

    def _base(self, arguments):
        """The experiment that flags change: of a run, a preset, the default."""
        if not self.parts:
            return None
        run = last_value(arguments, "run")
        if run is not None and has_experiment(run):
            base = Experiment.load(run)
        else:
            base = Experiment.from_preset(
                last_value(arguments, "preset", "spade")
            )
        for kind in self.parts:
            chosen = last_value(arguments, choice_flag(kind))
            if chosen is not None and kind in CHOSEN:
                none = kind in OPTIONAL_PARTS and chosen == "none"
                if not none:
                    find_choice(kind, chosen)
                base = base.replace(**{kind: None if none else chosen})
        return base

    def _own(self):
        """The arguments of the function, whatever is chosen."""
        own = dict(arguments_of(self.function))
        for declaration, names in self.passed_on.items():
            known = arguments_of(declaration)
            own |= {name: known[name] for name in names}
        return own

    def _groups(self, base, arguments):
        groups = []
        own = self._own()
        if own:
            groups.append(FlagGroup(OWN, own))
        if self._option_flag(arguments):
            flag, classes_of = self.options_of
            groups.append(
                options_group(classes_of(last_value(arguments, flag)), own)
            )
        if self.parts:
            groups.append(FlagGroup(CHOICES, choosing(self.parts, base)))
        for kind in self.parts:
            part = getattr(base, kind)
            if part is None:
                continue
            choice = find_choice(kind, part.name)
            title = kind
            if kind in CHOSEN:
                title = f"{kind} {part.name} ({choice.target.__name__})"
            prefix = "" if kind in FLAT else f"{kind}."
            groups.append(
                FlagGroup(
                    title,
                    with_values(choice.arguments, part.arguments),
                    prefix,
                    kind,
                )
            )
        # Of a page or a served model `max_pixels` limits what visitors send;
        # these commands read no pictures of their own.
        shared = {k: v for k, v in SHARED.items() if k not in own}
        groups.append(FlagGroup(EVERY, shared))
        return groups

    def _option_flag(self, arguments):
        """The flag, as it was given, that brings others; empty if not."""
        flag = self.options_of and self.options_of[0]
        value = flag and last_value(arguments, flag)
        return f"--{flag}={value}" if value else ""

    def _flag_names(self, groups):
        """Argument -> flag: in any message, and in one about a part."""
        names = {None: {}}
        for group in groups:
            flags_of = {name: group.prefix + name for name in group.arguments}
            if not group.prefix:
                names[None] |= flags_of
            if group.part is not None:
                names[group.part] = flags_of
                names[None] |= {
                    f"{group.part}.{name}": flag
                    for name, flag in flags_of.items()
                }
        return names

    # --- what they say -------------------------------------------------------

    def _parse(self, arguments, base, groups):
        values = flags.FlagValues()
        for group in groups:
            group.define(values)
        try:
            rest = values(["semsynth", *arguments])
        except flags.UnrecognizedFlagError as error:
            raise ValueError(
                self._belongs_elsewhere(error.flagname, base)
                or explain(error, values, self._option_flag(arguments))
            ) from error
        except flags.Error as error:
            raise ValueError(explain(error, values)) from error
        if len(rest) > 1:
            raise ValueError(
                f"Unexpected argument {rest[1]!r}: every option is written "
                "--name=value; see --help."
            )
        given = {}
        changes = {}
        for group in groups:
            if group.part is not None:
                changes[group.part] = group.given(values)
            elif group.title not in (CHOICES, EVERY):
                given |= group.given(values)
        missing = [
            name
            for name, argument in self._own().items()
            if argument.required and given.get(name, "") == ""
        ]
        if missing:
            raise ValueError(f"--{missing[0]} must be set; see --help.")
        for group in groups:
            for name, argument in group.arguments.items():
                if argument.is_path and group.given(values).get(name) == "":
                    raise ValueError(
                        f"--{group.prefix}{name} is empty: give a path."
                    )
        if self.parts:
            experiment = base.replace(
                **{kind: change for kind, change in changes.items() if change}
            )
            if "generator" in self.parts:
                given["experiment"] = experiment
            else:
                chosen = values["dataset"].present or changes.get("data")
                given["data"] = experiment.data if chosen else None
        return values, given

    def _belongs_elsewhere(self, flag, base):
        """Says to which choice a flag belongs, if it is not the one taken."""
        prefix, _, argument = flag.rpartition(".")
        for kind in self.parts:
            if kind not in CHOSEN or prefix != ("" if kind in FLAT else kind):
                continue
            # `--noflip` is how absl writes `--flip=false`.
            for name in (argument, argument.removeprefix("no")):
                found = owners(kind, name)
                if found:
                    part, choice = getattr(base, kind), choice_flag(kind)
                    others = f"--{choice}=" + " or ".join(
                        filter(None, (", ".join(found[:-1]), found[-1]))
                    )
                    taken = part.name if part else "none"
                    return (
                        f"--{flag} belongs to {others}, but --{choice}={taken} "
                        f"is chosen{self._chosen_by(base, kind)}: give the "
                        "one that is meant."
                    )
        return None

    def _chosen_by(self, base, kind):
        """Where a choice comes from that was not given as a flag."""
        preset = Experiment.from_preset(base.preset or "spade")
        if getattr(preset, kind) == getattr(base, kind):
            return f" by --preset={base.preset or 'spade'}"
        return ""

    def _print_help(self, groups, only):
        print(self.usage.strip() + "\n")
        for group in groups:
            lines = group.help(only)
            if lines:
                print("\n".join(lines))
        print("--flagfile=FILE inserts the flags of a file, one a line.")
        if only is not None:
            print("--help lists all flags of what is chosen.")


def _note(message, category, filename, lineno, file=None, line=None):
    """Shows a warning of ours as a sentence, others as Python does."""
    if os.path.abspath(filename).startswith(_PACKAGE + os.sep):
        print(f"Note: {message}", file=sys.stderr, flush=True)
        return
    text = warnings.formatwarning(message, category, filename, lineno, line)
    print(text, end="", file=file or sys.stderr)


@contextlib.contextmanager
def _pixel_limit(pixels):
    before = max_pixels()
    try:
        if pixels is not None:
            set_max_pixels(pixels)
        yield
    finally:
        set_max_pixels(before)


__all__ = ["PARTS", "Command"]
