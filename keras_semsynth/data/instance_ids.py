"""Recognises instance maps that were given as label maps."""

import math

from keras_semsynth.data.counting import ValueCounts

# Cityscapes and its kin number instance i of class c as 1000 c + i.
_CLASS_STEP = 1000
_LAST_CLASS = 99
# Numbers of objects that were drawn by chance are in one file only.
_IN_ONE_FILE = 0.8
# Objects are areas; a photograph's colours are not.
_OF_AREAS = 0.5
_FEWEST_IDS = 8
_FEWEST_COLORS = 32
_FEWEST_FILES = 3
# Objects of a file may be numbered from 0 or 1 on, as many as there are.
_FEWEST_LENGTHS = 3


def describe_instances(counts: ValueCounts) -> str | None:
    """Says why label maps look like instance maps.

    Args:
        counts: `ValueCounts` of them.

    Returns:
        str, one sentence, or `None` if they do not.
    """
    advice = (
        "give files of class ids as `label_dir`; these belong to "
        "`instance_dir`."
    )
    if _is_class_and_number(counts.ids):
        return (
            "The label maps look like instance maps of the kind of "
            f"Cityscapes ({_some(counts.ids)}: 1000 times the class, plus the "
            "number of the object): give the files that end in labelIds "
            f"instead, or others of class ids; these belong to `instance_dir`."
        )
    large = [value for value in counts.ids if value > 255]
    if _differ(large, counts, _FEWEST_IDS) and math.gcd(*large) == 1:
        return (
            f"The label maps look like instance maps: {len(counts.ids)} ids "
            f"({_some(large)}), most of them in one file only; {advice}"
        )
    if _differ(counts.colors, counts, _FEWEST_COLORS):
        return (
            f"The label maps look like instance maps: {len(counts.colors)} "
            f"colours, most of them in one file only; {advice}"
        )
    if (
        sum(counts.numbered.values()) == counts.count >= _FEWEST_FILES
        and len(counts.numbered) >= _FEWEST_LENGTHS
        and len(counts.ids) >= _FEWEST_IDS
    ):
        return (
            "The label maps look like instance maps: each file has the ids "
            f"from {counts.ids[0]} on without a gap, but another number of "
            f"them; {advice}"
        )
    return None


def _some(ids):
    large = [value for value in ids if value > 255]
    return ", ".join(str(value) for value in large[:3]) + ", ..."


def _is_class_and_number(ids):
    large = [value for value in ids if value >= _CLASS_STEP]
    if not large or large[-1] // _CLASS_STEP > _LAST_CLASS:
        return False
    found = set(large)
    classes = {value // _CLASS_STEP for value in large}
    from_zero = sum(number * _CLASS_STEP in found for number in classes)
    return (
        len(large) > len(classes)
        and ids[0] <= _LAST_CLASS
        and from_zero >= _IN_ONE_FILE * len(classes)
    )


def _differ(keys, counts, fewest):
    if len(keys) < fewest or counts.count < _FEWEST_FILES:
        return False
    alone = sum(counts.files[key] == 1 for key in keys)
    areas = sum(counts.solid[key] > 0 for key in keys)
    return alone >= _IN_ONE_FILE * len(keys) and areas >= _OF_AREAS * len(keys)
