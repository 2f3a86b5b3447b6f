"""Arguments that suit a folder of label maps, from what the files hold."""

import math
import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.data.data_report import DataReport
from keras_semsynth.data.folder_classes import given_names
from keras_semsynth.data.instance_ids import describe_instances
from keras_semsynth.data.label_colors import MAX_DETECTED_COLORS
from keras_semsynth.data.label_rule import LabelRule
from keras_semsynth.data.palette_files import read_palette
from keras_semsynth.data.palettes import nearest_colors
from keras_semsynth.data.palettes import write_palette
from keras_semsynth.data.smoothed_maps import find_smoothing
from keras_semsynth.files.listing import count_of

# What is decided anew; everything else that was given is kept.
_DECIDED = (
    "num_classes",
    "ignore_label",
    "label_ids",
    "palette",
    "palette_tolerance",
)
# Ids that other tools use for "not labelled".
_VOID_IDS = (255, 65535)
# An id further off than so many times the largest gap of the others is alone.
_FAR = 4
_LEAST_FAR = 8
# With so many of the ids from 0 on, the rest is taken for rare classes.
_NEARLY_ALL = 0.8
# More are no classes that somebody has counted.
_MOST_CLASSES = 1000


def recommend(
    arguments: Mapping[str, Any],
    report: DataReport,
    palette_file: str | os.PathLike | None = None,
) -> tuple[dict[str, Any], list[str]]:
    """Recommends arguments for a folder of label maps.

    Args:
        arguments: Mapping of the arguments that were given.
        report: `DataReport` after its scan. What to show of smoothed label
            maps is written into it.
        palette_file: Path or `None`. File to write found colours to.
            Defaults to `None`.

    Returns:
        Tuple of a dict, argument of `find` or `make_preprocessing` -> value,
        empty if nothing can be recommended, and of the reasons, a list of
        str.
    """
    arguments = {k: v for k, v in arguments.items() if v is not None}
    counts = report.counts
    smoothing = find_smoothing(counts)
    if smoothing is not None:
        report.main = smoothing.main
    elif arguments.get("palette") in (None, "detect"):
        sentence = describe_instances(counts)
        if sentence is not None:
            return {}, [sentence]
    if smoothing is not None and counts.ids:
        found, reasons = _for_smoothed_ids(
            arguments, counts, smoothing, palette_file
        )
    elif counts.colors:
        found, reasons = _for_colors(arguments, counts, smoothing, palette_file)
    else:
        found, reasons = _for_ids(arguments, counts.ids)
        if found and "palette" in arguments:
            found["palette"] = arguments["palette"]
    if not found:
        return {}, reasons
    kept = {k: v for k, v in arguments.items() if k not in _DECIDED}
    kept |= _sizes(arguments, report)
    names = given_names(kept.get("class_names"))
    number = found.get("num_classes") or len(found.get("label_ids", ()))
    total = number + ("ignore_label" in found)
    if names and number and len(names) not in (number, total):
        del kept["class_names"]
        reasons.append(
            f"`class_names` lists {len(names)} names for {number} classes: "
            "correct it, then add it again."
        )
    return {**kept, **found}, reasons


def _for_ids(arguments, ids):
    number = arguments.get("num_classes")
    ignored = arguments.get("ignore_label")
    listed = arguments.get("label_ids")
    # A list of which nothing but 0 occurs was made for other files.
    if listed is not None and set(listed) & set(ids) - {0}:
        return _for_listed(list(listed), ignored, ids)
    if number is not None:
        rule = LabelRule(number, ignored)
        if not len(rule.out_of_range(np.array(ids))):
            return _described(number, ignored), []
    reasons = []
    if ignored not in ids:
        ignored, reasons = _find_void(ids, number)
    real = [value for value in ids if value != ignored]
    if not real:
        return {}, [f"The label maps hold nothing but id {ids[0]}."]
    found, more = _of_real_ids(real, ignored, number)
    return found, reasons + more


def _described(number, ignored):
    found = {"num_classes": number}
    return found if ignored is None else found | {"ignore_label": ignored}


def _for_listed(listed, ignored, ids):
    """Keeps values that were listed, and adds those that are missing."""
    unknown = [v for v in ids if v not in listed and v != ignored]
    if len(unknown) == 1 and ignored not in ids:
        ignored, unknown = unknown[0], []
    found = {"label_ids": (*listed, *unknown)}
    if ignored is not None:
        found["ignore_label"] = ignored
    return found, []


def _find_void(ids, number):
    """Finds the id that means "not labelled", and says why."""
    *rest, top = ids
    if len(rest) > 1 and _is_alone(rest, top):
        return top, [
            f"Id {top} lies far above the others, so it is taken for 'not "
            "labelled'; if it is a class, list the classes as "
            f"`label_ids={_listed(ids)}`."
        ]
    if number is not None and number > 1 and ids[0] == 0 < number == len(rest):
        return 0, [
            f"There is one id more than `num_classes={number}`. Here 0 is "
            "taken for 'not labelled', and the others are the classes; if 0 "
            f"is a class, give {_all_of(ids)} instead."
        ]
    return None, []


def _is_alone(rest, top):
    gap = top - rest[-1]
    largest = max(np.diff(rest))
    if top in _VOID_IDS and gap > 1 and largest == 1:
        return True
    return gap > max(_LEAST_FAR, _FAR * largest)


def _all_of(ids):
    if ids == list(range(len(ids))):
        return f"`num_classes={len(ids)}`"
    return f"`label_ids={_listed(ids)}`"


def _of_real_ids(real, ignored, number):
    """Arguments for ids that are all classes."""
    before = [v for v in range(real[-1] + 1) if v != ignored]
    missing = sorted(set(before) - set(real))
    extra = {} if ignored is None else {"ignore_label": ignored}
    fits = number in (None, len(real))
    wrong = "" if fits else f", which `num_classes={number}` does not fit"
    if not missing:
        noun = "ids" if len(real) > 1 else "only id"
        reasons = [f"The label maps hold the {noun} {_runs(real)}{wrong}."]
        if number is None and ignored is None and len(real) > 2:
            reasons[0] += (
                " If 0 means 'not labelled', use `ignore_label=0` with "
                f"`num_classes={len(real) - 1}`."
            )
        return {"num_classes": len(real)} | extra, reasons
    if len(real) > _MOST_CLASSES:
        return {}, [
            f"The label maps hold {len(real)} different ids, up to {real[-1]}: "
            "these are no classes. Check `label_dir`."
        ]
    nearly_all = len(real) >= _NEARLY_ALL * len(before)
    if nearly_all and real[0] == before[0] and fits and len(real) > 2:
        absent = _listed(missing, 5)
        return {"num_classes": len(before)} | extra, [
            f"Of the ids 0 to {real[-1]}, these do not occur: {absent}."
        ]
    if len(real) == 2:
        reason = (
            f"The label maps hold two values, {real[0]} and {real[1]}, like "
            "masks"
        )
    elif len(real) == 1:
        reason = f"The label maps hold the only id {real[0]}"
    elif real[-1] - real[0] + 1 == len(real):
        reason = f"The label maps hold the ids {_runs(real)}"
    else:
        reason = f"The {len(real)} ids, {_listed(real, 8)}, have gaps"
    reason += f"{wrong}; `label_ids` makes them the classes from 0 on."
    return {"label_ids": tuple(real)} | extra, [reason]


def _for_smoothed_ids(arguments, counts, smoothing, palette_file):
    """Grey maps, too, can be read by the nearest of some grey values."""
    reasons = [_smoothed(smoothing)]
    if smoothing.main[-1] <= 255:
        grey = counts.in_colors()
        found = find_smoothing(grey)
        if found is not None and len(found.main) == len(smoothing.main):
            ignored = arguments.get("ignore_label")
            arguments = {
                name: value
                for name, value in arguments.items()
                if name not in ("label_ids", "ignore_label", "palette")
            }
            if ignored in smoothing.main:
                arguments["ignore_label"] = smoothing.main.index(ignored)
            return _of_found_colors(
                arguments, found.main, found, palette_file, reasons
            )
    reasons.append("Save them again without interpolation and loss.")
    return {}, reasons


def _for_colors(arguments, counts, smoothing, palette_file):
    reasons = [] if smoothing is None else [_smoothed(smoothing)]
    if arguments.get("palette") not in (None, "detect"):
        return _for_given_palette(
            arguments, counts, smoothing, palette_file, reasons
        )
    colors = counts.colors if smoothing is None else smoothing.main
    if (
        len(colors) > MAX_DETECTED_COLORS
        or not counts.complete
        and (smoothing is None)
    ):
        return {}, [
            f"The label maps hold more than {MAX_DETECTED_COLORS} colours, "
            "none of them in areas: these are no label maps. Check "
            "`label_dir`."
        ]
    return _of_found_colors(arguments, colors, smoothing, palette_file, reasons)


def _of_found_colors(arguments, colors, smoothing, palette_file, reasons):
    number = arguments.get("num_classes")
    ignored = arguments.get("ignore_label")
    if ignored is not None and ignored >= len(colors):
        ignored = None
    black = (0, 0, 0)
    if ignored is None and number == len(colors) - 1 and black in colors:
        ignored = colors.index(black)
        reasons.append(
            f"There is one colour more than `num_classes={number}`. Here black "
            "is taken for 'not labelled'; if it is a class, give "
            f"`num_classes={len(colors)}` instead."
        )
    palette = "detect"
    if palette_file is not None:
        names = [f"class {index}" for index in range(len(colors))]
        write_palette(palette_file, np.array(colors), names)
        palette = os.path.abspath(palette_file)
    found = {"palette": palette}
    if smoothing is not None:
        found["palette_tolerance"] = smoothing.tolerance()
        reasons.append(
            "Best save them again without that. Otherwise `palette_tolerance` "
            "takes the nearest of the main colours."
        )
    real = len(colors) - (ignored is not None)
    return found | _described(real, ignored), reasons


def _for_given_palette(arguments, counts, smoothing, palette_file, reasons):
    try:
        palette, names = read_palette(arguments["palette"])
    except ValueError:
        return {}, reasons  # The report has this among its problems.
    found = {name: arguments[name] for name in _DECIDED if name in arguments}
    colors = np.array(counts.colors, "uint8")
    distance = nearest_colors(colors, palette)[1]
    if distance.max() <= arguments.get("palette_tolerance", 0):
        return found, reasons
    if smoothing is not None:
        found["palette_tolerance"] = smoothing.tolerance(palette)
        reasons.append(
            "Best save them again without that. Otherwise `palette_tolerance` "
            "takes the nearest colour of the palette."
        )
        return found, reasons
    missing = [tuple(c) for c in colors[distance > 0].tolist()]
    lacking = (
        f"{count_of(len(missing), 'colour')} with "
        f"{100 * counts.share(missing):.1f}% of the pixels"
    )
    if palette_file is None or len(missing) > MAX_DETECTED_COLORS:
        reasons.append(f"The palette lacks {lacking}: add a line for each.")
        return {}, reasons
    names += [f"class {len(names) + i}" for i in range(len(missing))]
    write_palette(palette_file, np.concatenate([palette, missing]), names)
    reasons.append(
        f"The palette lacked {lacking}: {palette_file} has them at its end."
    )
    found["palette"] = os.path.abspath(palette_file)
    found.pop("num_classes", None)
    return found, reasons


def _smoothed(smoothing):
    return (
        "The label maps were resized with interpolation or saved with loss: "
        f"{smoothing.summary()}."
    )


def _listed(ids: Sequence[int], most: int = 20) -> str:
    more = ",..." if len(ids) > most else ""
    return ",".join(str(value) for value in ids[:most]) + more


def _runs(ids):
    if ids[-1] - ids[0] + 1 == len(ids):
        return f"{ids[0]} to {ids[-1]}" if len(ids) > 1 else str(ids[0])
    return _listed(ids, 8)


def _sizes(arguments, report):
    given = arguments.get("image_size")
    mode = arguments.get("preprocess_mode", "resize_and_crop")
    if given is not None or mode == "none" or not report.sizes:
        return {}
    (height, width), _ = report.sizes.most_common(1)[0]
    # Sides that every generator can make, with the usual shape of the files,
    # and none longer than what it is cut from.
    longest = arguments.get("load_size", 256)
    longest = longest if isinstance(longest, int) else min(longest)
    if mode == "crop":
        longest = min(longest, *(min(size) for size in report.sizes))
    scale = min(1.0, 256 / max(height, width))
    most = max(32, math.floor(longest / 32) * 32)
    sides = (
        min(most, max(32, round(side * scale / 32) * 32))
        for side in (height, width)
    )
    return {"image_size": tuple(sides)}
