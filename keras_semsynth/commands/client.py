"""Turns label maps into images with a model that a server runs.

    semsynth client --input=labels/ --output=images/ \\
      --url=http://localhost:8501/v1/models/spade

The server is TensorFlow Serving with a model that semsynth export
wrote; grpc://localhost:8500/v1/models/spade speaks gRPC to it. Every label map
in the input folder, at any depth, becomes one PNG of the same name.

A label map that the model refuses is named and skipped; the exit status is
then 1. If the server is down, overloaded for long or has no such model, the
command stops; what was written stays, and --skip_existing goes on from there.
"""

import pathlib
import sys
from concurrent import futures

from absl import flags

from keras_semsynth.commands.command_line import UsageError
from keras_semsynth.commands.command_line import fail
from keras_semsynth.commands.command_line import one_sentence
from keras_semsynth.commands.command_line import parse_flags
from keras_semsynth.files import atomic
from keras_semsynth.files.progress_line import ProgressLine
from keras_semsynth.synthesis.generation_plan import plan

MODULE = "keras_semsynth.commands.client"


def define_flags(flag_values=flags.FLAGS):
    """Defines the flags of this command.

    Args:
        flag_values: `flags.FlagValues`. Defaults to `flags.FLAGS`.
    """
    shared = {"flag_values": flag_values, "module_name": MODULE}
    flags.DEFINE_string(
        "url",
        None,
        "Address of the model: http://HOST:8501/v1/models/NAME or "
        "grpc://HOST:8500/v1/models/NAME (https, grpcs: TLS); /versions/NUMBER "
        "may follow.",
        **shared,
    )
    flags.DEFINE_string(
        "input", None, "Label map, or folder of label maps.", **shared
    )
    flags.DEFINE_string("output", None, "Folder for the images.", **shared)
    flags.DEFINE_integer(
        "seed",
        0,
        "Seed of every image; without effect for models without noise.",
        lower_bound=0,
        **shared,
    )
    flags.DEFINE_boolean(
        "fresh", False, "Give every image other noise; no seed.", **shared
    )
    flags.DEFINE_string(
        "style",
        None,
        "Photograph (PNG or JPEG) that sets the look, for models with a style "
        "encoder; no seed.",
        **shared,
    )
    flags.DEFINE_integer(
        "concurrency",
        4,
        "Requests that are under way at once.",
        lower_bound=1,
        upper_bound=256,
        **shared,
    )
    flags.DEFINE_float(
        "timeout",
        60.0,
        "Seconds that an image may take, with all repetitions.",
        lower_bound=0.001,
        **shared,
    )
    flags.DEFINE_integer(
        "retries",
        4,
        "How often a request is repeated if the server is overloaded or "
        "cannot be reached; the wait doubles each time.",
        lower_bound=0,
        **shared,
    )
    flags.DEFINE_boolean(
        "overwrite", False, "Replace images that exist already.", **shared
    )
    flags.DEFINE_boolean(
        "skip_existing", False, "Keep images that exist already.", **shared
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
        jobs = _jobs(options)
        from keras_semsynth.client.client import Client

        with Client(options.url, options.timeout, options.retries) as client:
            style = None
            if options.style:
                style = client.encode_style(options.style)
            return _synthesize(client, jobs, options, style)


def _jobs(options):
    """Returns what to read and write, after the flags were checked."""
    for name in ("url", "input", "output"):
        if not options[name].value:
            raise UsageError(f"--{name} must be set; see --help.")
    if options.overwrite and options.skip_existing:
        raise UsageError("--overwrite and --skip_existing exclude each other.")
    chosen = [
        f"--{name}"
        for name in ("seed", "fresh", "style")
        if options[name].present and options[name].value is not False
    ]
    if len(chosen) > 1:
        raise UsageError(f"{' and '.join(chosen)} exclude each other.")
    if options.style and not pathlib.Path(options.style).is_file():
        raise UsageError(f"The photograph {options.style} does not exist.")
    keep = options.skip_existing
    jobs = plan(
        options.input, options.output, overwrite=options.overwrite or keep
    )
    return [job for job in jobs if not (keep and job.images[0].exists())]


def _synthesize(client, jobs, options, style):
    from keras_semsynth.client.errors import RefusedError
    from keras_semsynth.client.errors import ServingError

    line = ProgressLine(total=len(jobs), unit="label maps")
    failed = done = 0
    seed = None if options.fresh or options.style else options.seed

    def work(job):
        data = client.synthesize_png(job.source, seed=seed, style=style)
        (path,) = job.images
        path.parent.mkdir(parents=True, exist_ok=True)
        with atomic.atomic_path(path) as temporary:
            temporary.write_bytes(data)

    pool = futures.ThreadPoolExecutor(options.concurrency)
    try:
        tasks = {pool.submit(work, job): job for job in jobs}
        for task in futures.as_completed(tasks):
            try:
                task.result()
            except atomic.DiskFullError as error:
                return _stop(error, done)
            except (ValueError, OSError) as error:
                if options.debug:
                    raise
                skips = isinstance(error, RefusedError)
                if isinstance(error, ServingError) and not skips:
                    return _stop(error, done)
                failed += 1
                text = " ".join(str(error).split())
                source = tasks[task].source
                print(f"\nSkipped {source}: {text}", file=sys.stderr)
            else:
                done += 1
            line.update(done + failed, images=done)
    finally:
        pool.shutdown(cancel_futures=True)
    if not jobs:
        print("All images exist already.")
    if failed:
        print(
            f"{failed} of {len(jobs)} label maps could not be used (see "
            "above).",
            file=sys.stderr,
        )
    return 1 if failed else 0


def _stop(error, done):
    """Ends the command: no further request can succeed."""
    print(f"{done} images were written.", file=sys.stderr)
    fail(error, 2)
