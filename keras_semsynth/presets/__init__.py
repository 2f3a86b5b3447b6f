"""Named experiments of the papers, as data.

Each model has its file, which holds nothing but what is about its paper:

- `PARTS`: dict, part of an experiment -> `(choice, arguments)`, where the
  arguments are what differs from the constructor's defaults, or `None` for
  a part that it lacks;
- `PRESETS`: dict, name -> dict of `"parts"` (what differs from `PARTS`),
  `"parameters"` (trainable numbers that each network must have), `"style"`
  (`"own"` if each photograph's own style made the published image, else
  `"random"`) and `"paper"` (what the paper has otherwise, if `"parts"` are
  those of its official code), which is a preset too: the name and `_paper`;
- `PROTOCOL`: dict, how its scores were measured; see `evaluation.protocols`.

The name of a model alone is a preset too: its parts, on landscapes. What the
papers print is in `tables`. A row there that differs from a preset is a preset
itself, such as `ccfpse_table2_3`; these are `ABLATIONS`.
"""

from keras_semsynth.presets import ccfpse
from keras_semsynth.presets import clade
from keras_semsynth.presets import crn
from keras_semsynth.presets import dpgan
from keras_semsynth.presets import inade
from keras_semsynth.presets import oasis
from keras_semsynth.presets import pix2pixhd
from keras_semsynth.presets import scgan
from keras_semsynth.presets import spade
from keras_semsynth.presets.tables import TABLES
from keras_semsynth.presets.tables import Row
from keras_semsynth.presets.tables import Table
from keras_semsynth.presets.tables import Variant

# The models of the family. A new paper adds its line here.
MODELS = {
    "spade": spade,
    "clade": clade,
    "crn": crn,
    "pix2pixhd": pix2pixhd,
    "ccfpse": ccfpse,
    "oasis": oasis,
    "dpgan": dpgan,
    "scgan": scgan,
    "inade": inade,
}


def _merged(parts, changes):
    """Returns parts with changes; another choice starts from its defaults."""
    merged = dict(parts)
    for part, change in changes.items():
        if change is None:
            merged[part] = None
            continue
        choice, arguments = change
        known = merged.get(part)
        if known is not None and known[0] == choice:
            arguments = {**known[1], **arguments}
        merged[part] = (choice, arguments)
    return merged


def _collect():
    presets = {}
    for model, module in MODELS.items():
        own = {model: {"parts": {}}, **module.PRESETS}
        for name, preset in own.items():
            whole = {
                "parameters": preset.get("parameters", {}),
                "style": preset.get("style", "random"),
                "model": model,
                "parts": _merged(module.PARTS, preset["parts"]),
                "published_as": name,
            }
            presets[name] = whole
            if "paper" in preset:
                presets[f"{name}_paper"] = {
                    **whole,
                    "parameters": {},
                    "parts": _merged(whole["parts"], preset["paper"]),
                }
    return presets


def _collect_ablations(presets):
    ablations = {}
    for table in TABLES:
        for name, _, variant in table.variants():
            base = presets[variant.base]
            ablations[name] = {
                "parameters": {},
                "style": base["style"],
                "model": base["model"],
                "parts": _merged(base["parts"], variant.changes),
                "published_as": name,
            }
    return ablations


PRESETS = _collect()
ABLATIONS = _collect_ablations(PRESETS)


def list_presets(like: str = "") -> str:
    """Lists the names of presets for a message.

    Args:
        like: str. A wrong name; if it is that of a table, its rows are
            listed. Defaults to `""`.

    Returns:
        str, such as `"spade, spade_ade20k_256, or a row of a table
        (configs/ablations): ccfpse_table2_*"`.
    """
    tables = {}
    for table in TABLES:
        names = [name for name, _, _ in table.variants()]
        if names:
            tables[f"{table.model}_{table.name}_"] = names
    for prefix, names in tables.items():
        if like.startswith(prefix):
            return ", ".join(names)
    return (
        f"{', '.join(PRESETS)}, or a row of a table (configs/ablations): "
        f"{', '.join(f'{prefix}*' for prefix in tables)}"
    )


def printed_rows(preset: str) -> list[tuple[Table, Row, str]]:
    """Returns the rows of all tables that a preset makes.

    Args:
        preset: str. A key of `PRESETS` or `ABLATIONS`.

    Returns:
        List of the `Table`, the `Row` and the name of the dataset; those of
        the model's own paper first.
    """
    known = PRESETS.get(preset) or ABLATIONS[preset]
    name, model = known["published_as"], known["model"]
    found = [
        (table, row, dataset)
        for table in TABLES
        for row in table.rows
        for dataset in row.scores
        if table.preset_of(row, dataset) == name
    ]
    return sorted(found, key=lambda one: one[0].model != model)


__all__ = [
    "ABLATIONS",
    "MODELS",
    "PRESETS",
    "TABLES",
    "Row",
    "Table",
    "Variant",
    "list_presets",
    "printed_rows",
]
