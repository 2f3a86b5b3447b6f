"""Turns label maps into images with a trained run.

    python -m keras_semsynth.generate --run=RUN --input=labels/ --output=images/

Every label map in the input folder, at any depth, becomes one PNG of the same
name (`--count` many if the model has a random input). No photographs are
needed. A label map that cannot be used is named and skipped; the exit status
is then 1.
"""

import pathlib
import sys
import time

from absl import flags
from PIL import Image

from keras_semsynth.training.command_line import UsageError
from keras_semsynth.training.command_line import one_sentence
from keras_semsynth.training.command_line import parse_flags

MODULE = "keras_semsynth.generate"
SUFFIXES = (".png", ".bmp", ".tif", ".tiff", ".webp", ".ppm", ".pgm")


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
        jobs = plan(
            options.input,
            options.output,
            options.seed,
            options.count,
            options.colorize,
            options.overwrite,
        )
        from keras_semsynth.synthesizer import Synthesizer

        synthesizer = Synthesizer.load(options.run)
        _check_options(synthesizer, options)
    return _generate(synthesizer, jobs, options)


def plan(source, target, seed=0, count=1, colorize=False, overwrite=False):
    """Lists what to read and what to write, before anything is computed.

    Args:
        source: Path of a label map, or of a folder of them.
        target: Path of the output folder.
        seed: int. Defaults to `0`.
        count: int. Defaults to `1`.
        colorize: bool. Defaults to `False`.
        overwrite: bool. Defaults to `False`.

    Returns:
        List of `(label map, relative path, images, layout or None)`.

    Raises:
        UsageError: If there is nothing to read, or a file would be lost.
    """
    source, target = pathlib.Path(source), pathlib.Path(target)
    if source.is_file():
        files, base = [source], source.parent
    elif source.is_dir():
        base = source
        files = sorted(
            path
            for path in source.rglob("*")
            if path.suffix.lower() in SUFFIXES and path.is_file()
        )
        if target.resolve() != source.resolve():
            # An earlier output inside the input folder is no input.
            inside = target.resolve()
            files = [f for f in files if inside not in f.resolve().parents]
        if not files:
            raise UsageError(
                f"--input={source} holds no label maps ({', '.join(SUFFIXES)})."
            )
    else:
        raise UsageError(
            f"--input={source} does not exist: give a label map or a folder "
            "of label maps."
        )
    if target.exists() and not target.is_dir():
        raise UsageError(f"--output={target} is a file: give a folder.")
    jobs, writers = [], {}
    inputs = {path.resolve() for path in files}
    for path in files:
        relative = path.relative_to(base)
        stem = target / relative.with_suffix("")
        images = [stem.with_name(stem.name + ".png")]
        if count > 1:
            images = [
                stem.with_name(f"{stem.name}_seed{seed + i}.png")
                for i in range(count)
            ]
        layout = None
        if colorize:
            layout = target / "layouts" / relative.with_suffix(".png")
        for result in [*images, *([layout] if layout else [])]:
            resolved = result.resolve()
            if resolved in inputs:
                raise UsageError(
                    f"{result} is one of the label maps and would be "
                    "overwritten: choose another --output."
                )
            if resolved in writers:
                raise UsageError(
                    f"{path} and {writers[resolved]} would both be written to "
                    f"{result}: rename one of them."
                )
            if result.exists() and not overwrite:
                raise UsageError(
                    f"{result} exists already: choose another --output, or "
                    "add --overwrite."
                )
            writers[resolved] = path
        jobs.append((path, relative, images, layout))
    return jobs


def _check_options(synthesizer, options):
    if options.count > 1 and not synthesizer.has_latent:
        raise UsageError(
            f"--count={options.count}, but this generator has no random "
            "input: all images of a layout would be equal. Use --count=1, or "
            "a run trained with --use_style."
        )
    if options["seed"].present and not synthesizer.has_latent:
        print("Note: this generator has no random input; --seed has no effect.")
    if options.style is not None and synthesizer.encoder is None:
        raise UsageError(
            "--style needs a run with a style encoder (encoder.keras): train "
            "with --use_style, or leave --style out."
        )
    if options.style is not None and not pathlib.Path(options.style).is_file():
        raise UsageError(f"--style={options.style} does not exist.")
    if options.instances is not None and not synthesizer.uses_edge_map:
        raise UsageError(
            "--instances was given, but this generator takes no edge map."
        )


def _generate(synthesizer, jobs, options):
    from keras_semsynth.data.palettes import colorize
    from keras_semsynth.training import atomic
    from keras_semsynth.training.progress_bar import format_seconds

    started = time.monotonic()
    failed = 0
    for done, (path, relative, images, layout) in enumerate(jobs, start=1):
        try:
            label_map = synthesizer.read_layout(path)
            pictures = synthesizer.synthesize(
                label_map,
                style=options.style,
                seed=_seed(options),
                count=options.count,
                instances=_instances(options, relative),
                rounding=options.rounding,
            )
            results = list(zip(images, pictures, strict=True))
            if layout is not None:
                results.append(
                    (layout, colorize(label_map, synthesizer.palette))
                )
            for result, picture in results:
                result.parent.mkdir(parents=True, exist_ok=True)
                with atomic.atomic_path(result) as temporary:
                    Image.fromarray(picture).save(temporary, format="PNG")
        except atomic.DiskFullError as error:
            print(f"\nError: {error}", file=sys.stderr)
            return 1
        except (ValueError, OSError) as error:
            if options.debug:
                raise
            failed += 1
            text = " ".join(str(error).split())
            print(f"\nSkipped {path}: {text}", file=sys.stderr)
        seconds = time.monotonic() - started
        left = format_seconds(seconds / done * (len(jobs) - done))
        _show(
            f"{done}/{len(jobs)} label maps - "
            f"{done * options.count / seconds:.1f} images/s - {left} left",
            done == len(jobs),
        )
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


def _show(line, last):
    if sys.stdout.isatty():
        print(f"\r{line}", end="\n" if last else "", flush=True)
    elif last:
        print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
