"""Checks a dataset before training and recommends flags.

    semsynth check_data --dataset=folder \\
        --image_dir=photos --label_dir=labels --num_classes=11

Reads every file once and reports files without a partner, files of different
sizes, files that cannot be read, a histogram of label ids and ids out of
range; then prints the flags to train with, ready for a flag file. The exit
status is 1 if training with the given flags would fail.
"""

import sys

from absl import flags

from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags
from keras_semsynth.data import flags as data_flags
from keras_semsynth.data.data_report import DataReport
from keras_semsynth.data.file_dataset import FileReader
from keras_semsynth.data.file_dataset import SampleFiles
from keras_semsynth.data.folder import make_decoder
from keras_semsynth.data.folder import pair_folders
from keras_semsynth.data.folder import reads_colors
from keras_semsynth.data.recommendation import recommend_flags
from keras_semsynth.data.validation import check_crop
from keras_semsynth.data.validation import validate
from keras_semsynth.files.progress_line import ProgressLine

MODULE = "keras_semsynth.commands.check_data"


def define_flags(flag_values=flags.FLAGS):
    """Defines the flags of this command.

    Args:
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.
    """
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string(
        "write_palette",
        None,
        "File to write the detected colours of RGB label maps to, in the form "
        "that --palette takes.",
        **shared,
    )
    flags.DEFINE_integer(
        "show",
        5,
        "Number of problems of each kind to list.",
        lower_bound=1,
        **shared,
    )


def check(values, out=print, progress=None) -> int:
    """Checks the dataset that the flags choose.

    Args:
        values: Parsed flags.
        out: Callable that takes a line of the report. Defaults to `print`.
        progress: Callable `(done, total)` or `None`. Defaults to `None`.

    Returns:
        int. Exit status: 0 if training would work, else 1.
    """
    report = DataReport(show=values.show)
    if values.dataset == "folder":
        decoder, names = _check_folder(values, report, progress)
    else:
        decoder, names = _check_known(values, report, progress)
    try:
        check_crop(data_flags.preprocessing_from_flags(values, True))
    except ValueError as error:
        report.fail("Sizes", str(error))
    if decoder is not None:
        report.check_ids(decoder)
    for line in report.lines(decoder, names):
        out(line)
    if values.dataset == "folder" and report.pixels:
        out("")
        out("# Recommended flags")
        for line in recommend_flags(values, report):
            out(line)
    out("")
    verdict = "would fail; see above" if report.failed else "can start"
    out(f"Training with the given flags {verdict}.")
    return int(report.failed)


def _check_folder(values, report, progress):
    splits = {}
    for split, prefix in (("train", ""), ("val", "val_")):
        folders = [
            values[f"{prefix}{kind}_dir"].value
            for kind in ("image", "label", "instance")
        ]
        if split == "val" and folders[:2] == [None, None]:
            continue
        edges = {"auto": None, "true": True, "false": False}
        try:
            rows, problems = pair_folders(
                *folders, edges[values.use_edge_map], values.pairing, prefix
            )
        except ValueError as error:
            report.fail("Pairing", str(error))
            continue
        for problem in problems:
            report.fail("Pairing", problem)
        if not rows:
            report.fail("Pairing", f"The {split} split has no pairs at all.")
        rows = rows[: values.max_dataset_size]
        splits[split] = [SampleFiles(*row) for row in rows]
    labels = [files.label for samples in splits.values() for files in samples]
    by_color = False
    try:
        by_color = bool(labels) and reads_colors(labels[0], values.palette)
    except ValueError:
        # The scan reports files that cannot be read.
        pass
    report.scan(splits, progress, by_color)
    if not report.pixels:
        return None, None
    try:
        decoder, options = make_decoder(
            [d for d in (values.label_dir, values.val_label_dir) if d],
            values.num_classes,
            values.ignore_label,
            values.palette,
            values.class_names,
        )
    except ValueError as error:
        report.fail("Flags", str(error))
        return None, None
    return decoder, options["class_names"]


def _check_known(values, report, progress):
    splits, decoder, names = {}, None, None
    for split in ("train", "val"):
        try:
            dataset = data_flags.dataset_from_flags(values, split)
            if not isinstance(dataset.reader, FileReader):
                validate(dataset)
                report.generated.append(
                    f"{split}: {len(dataset)} samples made on the fly, "
                    f"{dataset.num_classes} classes: "
                    f"{', '.join(dataset.class_names)}"
                )
                continue
        except ValueError as error:
            report.fail("Pairing", str(error))
            continue
        splits[split] = dataset.samples
        decoder, names = dataset.reader.decoder, dataset.class_names
    report.scan(splits, progress)
    return decoder, names


def main(argv=None):
    """Entry point of the command; returns the exit status."""
    if "show" not in flags.FLAGS:
        define_flags()
    values = parse_flags(
        sys.argv if argv is None else argv,
        __doc__,
        [MODULE, data_flags.NAME],
    )
    line = ProgressLine("Reading", unit="samples", stream=sys.stderr)

    def progress(done, total):
        line.total = total
        line.update(done)

    with one_sentence():
        return check(values, progress=progress)
