"""Turns label maps into images with a trained run.

    semsynth generate --run=RUN --input=labels/ --output=images/

Every label map in the input folder, at any depth, becomes one PNG of the same
name. No photographs are needed. A model with noise or style input can show
more of each layout, several PNGs and a contact sheet:

    --count=4                                images of four seeds
    --interpolate=6 --seed=1 --to=2          from one seed to another
    --interpolate=6 --style=a.jpg --to=b.jpg from one photograph to another
    --resample=sky --count=4                 new noise for the sky alone

A label map that cannot be used is named and skipped; the exit status is then 1.

Very many label maps, on several machines or with interruptions, as an Apache
Beam pipeline (pip install "keras_semsynth[beam]"); the same command again goes
on where the last one ended, and manifest.jsonl tells what became of each image:

    --runner=DirectRunner                    on this machine
    --runner=FlinkRunner --beam_option=flink_master=host:8081
"""

import pathlib
import sys

from absl import flags
from PIL import Image

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.data.palettes import colorize
from keras_semsynth.files import atomic
from keras_semsynth.files.pictures import draw_grid
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.synthesis.generation_plan import plan

MODULE = "keras_semsynth.commands.generate"


def define_flags(flag_values=flags.FLAGS):
    """Defines the flags of this command.

    Args:
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.
    """
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string(
        "run",
        None,
        "Run directory of train.py, or a generator.keras.",
        **shared,
    )
    flags.DEFINE_string(
        "input", None, "Label map, or folder of label maps.", **shared
    )
    flags.DEFINE_string("output", None, "Folder for the images.", **shared)
    flags.DEFINE_integer(
        "seed",
        0,
        "Seed of the first image of every layout; each further one has the "
        "next number.",
        lower_bound=0,
        **shared,
    )
    flags.DEFINE_integer(
        "count", 1, "Images for each label map.", lower_bound=1, **shared
    )
    flags.DEFINE_string(
        "style",
        None,
        "Photograph that sets the look (runs with a style encoder).",
        **shared,
    )
    flags.DEFINE_integer(
        "interpolate",
        None,
        "Images on the way from the look of --seed or --style to that of "
        "--to, both included.",
        lower_bound=2,
        **shared,
    )
    flags.DEFINE_string(
        "to",
        None,
        "Where --interpolate ends: a seed or a photograph. Default: the next "
        "seed.",
        **shared,
    )
    flags.DEFINE_string(
        "resample",
        None,
        "Class (name or id) whose region gets new noise in each of --count "
        "images, while the rest keeps that of --seed (OASIS, DP-GAN).",
        **shared,
    )
    flags.DEFINE_string(
        "instances",
        None,
        "Folder of instance maps named like the label maps, for runs that use "
        "them. Default: boundaries between classes.",
        **shared,
    )
    flags.DEFINE_boolean(
        "colorize",
        False,
        "Also write every label map in the colours of its classes, under "
        "layouts/ in the output folder.",
        **shared,
    )
    flags.DEFINE_enum(
        "rounding",
        "nearest",
        ["nearest", "truncate"],
        "How images become 8-bit: the nearest level, or truncated as the "
        "official programs export.",
        **shared,
    )
    flags.DEFINE_boolean(
        "overwrite", False, "Replace images that exist already.", **shared
    )
    flags.DEFINE_string(
        "runner",
        None,
        "Apache Beam runner: DirectRunner (this machine), FlinkRunner, "
        "SparkRunner, DataflowRunner, ... Default: without Beam.",
        **shared,
    )
    flags.DEFINE_multi_string(
        "beam_option",
        [],
        "Option of Beam or the runner as name=value; may be repeated (with "
        "--runner).",
        **shared,
    )
    flags.DEFINE_integer(
        "batch_size",
        8,
        "Layouts that the generator takes at a time (with --runner).",
        lower_bound=1,
        **shared,
    )
    flags.DEFINE_boolean(
        "debug", False, "Show the traceback of an error.", **shared
    )


def main(argv=None):
    """Runs the command.

    Args:
        argv: List of str, `argv[0]` the program. Defaults to `sys.argv`.

    Returns:
        int, the exit status.
    """
    flag_values = flags.FlagValues()
    define_flags(flag_values)
    options = parse_flags(
        list(argv or sys.argv),
        __doc__,
        [MODULE],
        pathlib.Path.cwd(),
        flag_values,
    )
    with one_sentence(options.debug):
        for name in ("run", "input", "output"):
            if not options[name].value:
                raise UsageError(f"--{name} must be set; see --help.")
        if options.runner:
            from keras_semsynth.bulk import bulk

            return bulk.run_command(options, _seeds(options))
        for name in ("beam_option", "batch_size"):
            if options[name].present:
                raise UsageError(f"--{name} goes with --runner: give both.")
        jobs = plan(
            options.input,
            options.output,
            _suffixes(options),
            options.colorize,
            options.overwrite,
        )
        from keras_semsynth.synthesis.synthesizer import Synthesizer

        synthesizer = Synthesizer.load(options.run)
        _check_options(synthesizer, options)
    return _generate(synthesizer, jobs, options)


def _suffixes(options):
    """What the names of one layout's images end with."""
    if options.interpolate and options.resample:
        raise UsageError(
            "--interpolate and --resample exclude each other: run the command "
            "once for each."
        )
    if options.to is not None and not options.interpolate:
        raise UsageError("--to is where --interpolate ends: give both.")
    if options.interpolate:
        return tuple(f"_step{i}" for i in range(options.interpolate))
    if options.resample:
        return tuple(f"_noise{i}" for i in range(options.count))
    if options.count == 1:
        return ("",)
    return tuple(f"_seed{options.seed + i}" for i in range(options.count))


def _check_options(synthesizer, options):
    many = options.count > 1 or options.interpolate or options.resample
    if many and not synthesizer.has_latent:
        raise UsageError(
            "This generator has no random input: all images of a layout would "
            "be equal. Leave --count, --interpolate and --resample out, or use "
            "a model with noise or style (--use_style)."
        )
    if options["seed"].present and not synthesizer.has_latent:
        print("Note: this generator has no random input; --seed has no effect.")
    photographs = [options.style]
    if options.to is not None and not options.to.isdigit():
        photographs.append(options.to)
    for path in filter(None, photographs):
        if synthesizer.encoder is None:
            raise UsageError(
                f"{path} as style needs a run with a style encoder "
                "(encoder.keras): train with --use_style, or give seeds."
            )
        if not pathlib.Path(path).is_file():
            raise UsageError(f"The photograph {path} does not exist.")
    if options.instances is not None and not synthesizer.uses_edge_map:
        raise UsageError(
            "--instances was given, but this generator takes no edge map."
        )
    if options.resample:
        if synthesizer.generator.latent_kind != "noise":
            raise UsageError(
                "--resample needs a generator with a noise map, such as OASIS "
                "or DP-GAN; this one has none."
            )
        synthesizer.class_id(options.resample)


def _images(synthesizer, label_map, options, instances):
    """Returns the images of one layout, `uint8` `(count, h, w, 3)`."""
    shared = {"instances": instances, "rounding": options.rounding}
    if options.interpolate:
        end = options.to
        if end is None or end.isdigit():
            end = options.seed + 1 if end is None else int(end)
        return synthesizer.interpolate(
            label_map,
            options.seed if options.style is None else options.style,
            end,
            options.interpolate,
            **shared,
        )
    if options.resample:
        return synthesizer.resample_region(
            label_map, options.resample, options.seed, options.count, **shared
        )
    return synthesizer.synthesize(
        label_map,
        style=options.style,
        seed=_seed(options),
        count=options.count,
        **shared,
    )


def _pictures(synthesizer, job, options):
    """Yields `(path, picture)` for all files of a job."""
    label_map = synthesizer.read_layout(job.source)
    images = _images(
        synthesizer, label_map, options, _instances(options, job.relative)
    )
    yield from zip(job.images, images, strict=True)
    if job.layout is not None:
        yield job.layout, colorize(label_map, synthesizer.palette)
    if job.sheet is not None:
        layout = resize_nearest(label_map, images.shape[1:3])
        cells = [colorize(layout, synthesizer.palette), *images]
        names = ["layout", *(path.stem for path in job.images)]
        yield job.sheet, draw_grid([cell[None] for cell in cells], names)


def _generate(synthesizer, jobs, options):
    line = ProgressLine(total=len(jobs), unit="label maps")
    failed = 0
    for done, job in enumerate(jobs, start=1):
        try:
            for path, picture in _pictures(synthesizer, job, options):
                path.parent.mkdir(parents=True, exist_ok=True)
                with atomic.atomic_path(path) as temporary:
                    Image.fromarray(picture).save(temporary, format="PNG")
        except atomic.DiskFullError as error:
            print(f"\nError: {error}", file=sys.stderr)
            return 1
        except (ValueError, OSError) as error:
            if options.debug:
                raise
            failed += 1
            text = " ".join(str(error).split())
            print(f"\nSkipped {job.source}: {text}", file=sys.stderr)
        line.update(done, images=done * len(job.images))
    if failed:
        print(
            f"{failed} of {len(jobs)} label maps could not be used (see "
            "above).",
            file=sys.stderr,
        )
    return 1 if failed else 0


def _seed(options):
    # A style image without an explicit seed means its mean code.
    if options.style is not None and not options["seed"].present:
        return None if options.count == 1 else options.seed
    return options.seed


def _seeds(options):
    first = _seed(options)
    return (
        [first] if first is None else [first + i for i in range(options.count)]
    )


def _instances(options, relative):
    if options.instances is None:
        return None
    folder = pathlib.Path(options.instances)
    matches = sorted(folder.glob(str(relative.with_suffix("")) + ".*"))
    if not matches:
        raise ValueError(
            f"There is no instance map {relative.stem} in {folder}."
        )
    return matches[0]
