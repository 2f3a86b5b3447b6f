"""What the names of files have around the part that pairs them."""

import bisect
import collections
import dataclasses
import os
from collections.abc import Collection
from collections.abc import Iterator
from collections.abc import Mapping
from collections.abc import Sequence

from keras_semsynth.files.listing import composed
from keras_semsynth.files.listing import stem

# How many names are compared, and how many of their neighbours in the order
# of the alphabet, to find what the names of two folders differ in.
_SAMPLED, _NEIGHBOURS = 64, 8
# Several files may belong to one photograph; these words tell which of them
# holds the ids, and which is for looking at, or of another kind.
_WORDS = {
    "image": ("leftimg", "image", "img", "photo", "rgb"),
    "label": ("labelid", "label", "mask", "seg", "gt", "annot", "class"),
    "instance": ("instanceid", "instance", "inst"),
}
_OTHER_WORDS = {
    "image": ("label", "mask", "seg", "gt", "annot", "color", "colour", "inst"),
    "label": ("color", "colour", "inst", "rgb", "vis", "overlay", "trainid"),
    "instance": ("color", "colour", "label", "rgb", "vis", "overlay"),
}


@dataclasses.dataclass(frozen=True)
class NamePattern:
    """What the names of one kind of files begin and end with.

    Args:
        prefix: str. Defaults to `""`.
        suffix: str, before the extension. Defaults to `""`.
    """

    prefix: str = ""
    suffix: str = ""

    def __post_init__(self):
        for name in ("prefix", "suffix"):
            object.__setattr__(self, name, composed(getattr(self, name)))

    def __bool__(self) -> bool:
        return bool(self.prefix or self.suffix)

    def fits(self, path: str) -> bool:
        """Whether a file has such a name."""
        return self.core(stem(path)) != ""

    def core(self, name: str) -> str:
        """Returns a stem without prefix and suffix, `""` if it has others."""
        if not name.startswith(self.prefix) or not name.endswith(self.suffix):
            return ""
        return name[len(self.prefix) : len(name) - len(self.suffix)]

    def key(self, path: str, folder: str) -> str:
        """Returns the path below a folder, without what varies by kind."""
        parent = os.path.dirname(os.path.relpath(path, folder))
        return os.path.join(parent, self.core(stem(path)))

    def arguments(self, kind: str) -> dict[str, str]:
        """Returns the arguments of `find` that stand for it.

        Args:
            kind: str, `"image"`, `"label"` or `"instance"`.

        Returns:
            dict, argument -> value.
        """
        given = {"prefix": self.prefix, "suffix": self.suffix}
        return {f"{kind}_{k}": value for k, value in given.items() if value}

    def __str__(self) -> str:
        words = []
        if self.prefix:
            words.append(f"begin with '{self.prefix}'")
        if self.suffix:
            words.append(f"end in '{self.suffix}'")
        return " and ".join(words)


def patterns_of(arguments: Mapping[str, str]) -> dict[str, NamePattern]:
    """Returns the patterns that arguments of `find` stand for.

    Args:
        arguments: Mapping. Those that are none of `NamePattern.arguments` are
            without effect.

    Returns:
        dict from `"image"`, `"label"` and `"instance"` to `NamePattern`.
    """
    return {
        kind: NamePattern(
            arguments.get(f"{kind}_prefix", ""),
            arguments.get(f"{kind}_suffix", ""),
        )
        for kind in ("image", "label", "instance")
    }


def find_patterns(
    names: Collection[str],
    others: Collection[str],
    kinds: tuple[str, str] = ("image", "label"),
) -> tuple[NamePattern, NamePattern] | None:
    """Finds prefixes or suffixes without which the names of two kinds agree.

    Args:
        names: Collection of stems, such as those of photographs.
        others: Collection of stems, such as those of label maps.
        kinds: Tuple of str, of `names` and `others`, as for
            `NamePattern.arguments`. If several patterns pair as many files,
            they decide. Defaults to `("image", "label")`.

    Returns:
        The patterns of both, or `None` if not even a quarter of the files
        would get a partner.

    Example:

    >>> find_patterns({"a", "b"}, {"a_mask", "b_mask"})[1].suffix
    '_mask'
    """
    both = set(names), set(others)
    found = _find(*both, kinds)
    starts = [_common_start(side) for side in both]
    if found is None and any(starts):
        # Names may differ where they begin and where they end.
        rests = [
            {name.removeprefix(start) for name in side}
            for side, start in zip(both, starts, strict=True)
        ]
        found = _find(*rests, kinds)
        if found is not None:
            found = tuple(
                NamePattern(start + pattern.prefix, pattern.suffix)
                for start, pattern in zip(starts, found, strict=True)
            )
    return found


def _find(names, others, kinds):
    counts = collections.Counter()
    for backwards in (False, True):
        turn = _reversed if backwards else str
        ordered = sorted(turn(name) for name in others)
        for name in _sample(sorted(names)):
            for pair in _endings(turn(name), ordered):
                field = "prefix" if backwards else "suffix"
                counts[
                    tuple(NamePattern(**{field: turn(e)}) for e in pair)
                ] += 1

    candidates = [pair for pair, _ in counts.most_common(16)]
    matched = {pair: _matches(pair, names, others) for pair in candidates}
    enough = max(matched.values(), default=0) / 2

    def quality(pair):
        length = sum(len(p.prefix + p.suffix) for p in pair)
        fitness = sum(_fitness(*each) for each in zip(pair, kinds, strict=True))
        # With few files, a name may be common to more of them than a kind.
        likely = fitness > 0 and matched[pair] >= enough
        return likely, matched[pair], fitness, -length, str(pair)

    best = max(candidates, key=quality, default=None)
    if best is None or 4 * matched[best] < min(len(names), len(others)):
        return None
    # Two names that begin alike, such as `cat` and `cats`, are no pattern.
    return best if matched[best] > 1 or any(map(_is_marked, best)) else None


def _matches(pair, names, others):
    cores = [
        {pattern.core(name) for name in side}
        for pattern, side in zip(pair, (names, others), strict=True)
    ]
    return len(set.intersection(*cores) - {""})


def _common_start(names):
    """What all of several names begin with, up to a separator."""
    start = os.path.commonprefix(list(names)) if len(names) > 1 else ""
    while start and start[-1].isalnum():
        start = start[:-1]
    return start


def _sample(names: Sequence[str]) -> Sequence[str]:
    return names[:: -(-len(names) // _SAMPLED) or 1]


def _reversed(name):
    return name[::-1]


def _endings(name: str, ordered: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yields what a name and its nearest ones end with, where they part."""
    place = bisect.bisect(ordered, name)
    near = ordered[max(place - _NEIGHBOURS, 0) : place + _NEIGHBOURS]
    for other in near:
        if other == name:
            continue
        common = len(os.path.commonprefix([name, other]))
        while common and not _parts(name, other, common):
            common -= 1
        if common:
            yield name[common:], other[common:]


def _parts(name, other, place):
    """Whether two names may end their common part here."""
    rests = [text[place:] for text in (name, other)]
    # What has no letter is a number: another file, not another kind.
    if any(rest and not any(map(str.isalpha, rest)) for rest in rests):
        return False
    last = name[place - 1]
    if not last.isalnum():
        return False
    firsts = [rest[0] for rest in rests if rest]
    if any(last.isdigit() and first.isdigit() for first in firsts):
        return False
    if len(firsts) == 1:
        return True
    return all(
        not first.isalnum()
        or last.isdigit() != first.isdigit()
        or last.isupper() != first.isupper()
        for first in firsts
    )


def _is_marked(pattern):
    text = pattern.prefix or pattern.suffix
    edge = pattern.prefix[-1:] or pattern.suffix[:1]
    return bool(text) and (not edge.isalnum() or _fitness(pattern, "label") > 0)


def _fitness(pattern, kind):
    text = (pattern.prefix + pattern.suffix).lower()
    if any(word in text for word in _OTHER_WORDS[kind]):
        return -1
    found = [i for i, word in enumerate(_WORDS[kind]) if word in text]
    return len(_WORDS[kind]) - found[0] if found else 0
