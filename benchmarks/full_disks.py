"""Fills a disk while each kind of file is written, and shows what comes of it.

Every row is a command on a small file system (a tmpfs, so it needs root). When
the named file is about to be written, the rest of the disk is filled up; once
the command has ended, it is emptied again and the same command is run once
more. Prints a Markdown table: exit status, the sentence, files that are left
half written, and the second run: a run of training must then hold the bits of
one whose disk had space.

Run: python benchmarks/full_disks.py [--backend=tensorflow] [--rows=ROW,...]
"""

import os
import pathlib
import signal
import subprocess
import sys
import tempfile

import kills
import small_run
from absl import app
from absl import flags

FLAGS = flags.FLAGS
flags.DEFINE_list("rows", None, "Rows to try; all by default.")

MEGABYTES = 64
TRAINING = (
    "experiment.json",
    "dataset.json",
    "room for a checkpoint",
    "gan.weights.h5",
    "gan.weights.h5 halfway",
    "state.json",
    "generator.keras",
    "encoder.keras",
    "train.csv",
    "events",
    "step-000000004.png",
    "report.json",
)


class Filler:
    """Fills a disk when a file is about to be written.

    Args:
        disk: `pathlib.Path`.
        name: str. Name of the file, or one of the kinds below.
    """

    def __init__(self, disk, name):
        self.path = disk / ".filler"
        name, halfway, _ = name.partition(" halfway")
        self.name = name
        self.left = 2**18 if halfway else 0
        self.done = False
        from keras_semsynth.files import atomic

        plain = atomic.temporary_path

        def temporary_path(path):
            self.see(pathlib.Path(path).name)
            return plain(path)

        atomic.temporary_path = temporary_path
        if name == "room for a checkpoint":
            room, calls = atomic.require_free_space, []

            def require_free_space(*arguments):
                calls.append(arguments)
                if len(calls) == 3:  # one at the start, one checkpoint
                    self.see(name)
                room(*arguments)

            atomic.require_free_space = require_free_space
        elif name == "events":
            from keras_semsynth.training import training_log

            log = training_log.TrainingLog
            writer = log._summary_writer

            def summary_writer(log):
                self.see(name)
                return writer(log)

            log._summary_writer = summary_writer
        elif name == "manifest":
            from keras_semsynth.bulk import files

            write = files.write_bytes

            def write_bytes(path, *arguments):
                if "manifest" in path:
                    self.see(name)
                write(path, *arguments)

            files.write_bytes = write_bytes
        sys.addaudithook(self._hook)

    def _hook(self, event, arguments):
        if event == "open" and (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
            if isinstance(arguments[0], (str, os.PathLike)):
                self.see(pathlib.Path(arguments[0]).name)

    def see(self, name):
        """Fills the disk if the file is the one."""
        if self.done or name != self.name:
            return
        self.done = True
        with open(self.path, "wb", buffering=0) as file:
            block = bytes(2**16)
            while block:
                try:
                    while True:
                        file.write(block)
                except OSError:
                    block = block[: len(block) // 2]
            file.truncate(max(0, file.tell() - self.left))


def in_child(folder, log, work, *arguments):
    """Calls a function in a copy of this process; returns its exit status."""
    sys.stdout.flush()
    sys.stderr.flush()
    process = os.fork()
    if process:
        status = os.waitpid(process, 0)[1]
        return os.waitstatus_to_exitcode(status)
    status = 70
    try:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.chdir(folder)
        status = work(*arguments) or 0
    except SystemExit as error:
        status = error.code
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def fill_and(name, disk, work, *arguments):
    """Does work on a disk that becomes full."""
    filler = Filler(disk, name)
    status = work(*arguments)
    if not filler.done:
        print("The disk never became full.")
    return status


def train(folder):
    """Trains as the command does, its errors one sentence."""
    from keras_semsynth.commands.errors import FailedError
    from keras_semsynth.commands.errors import one_sentence
    from keras_semsynth.training import TrainingError

    with one_sentence():
        try:
            small_run.train(str(folder))
        except TrainingError as error:
            raise FailedError(str(error)) from error


def command(name, *arguments):
    """Runs a command."""
    import importlib

    module = importlib.import_module(f"keras_semsynth.commands.{name}")
    return module.main(["semsynth", *arguments])


def write_official(path):
    """Writes the official weights of a small encoder."""
    import torch

    from keras_semsynth import checkpoints
    from keras_semsynth import encoders

    encoder = encoders.StyleEncoder(filters=16, style_dim=3)
    encoder.build()
    state = checkpoints.to_official(encoder)
    torch.save(
        {name: torch.tensor(value) for name, value in state.items()}, path
    )


def write_layouts(run, folder):
    """Writes label maps and photographs to work on."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(0)
    for name, shape in (("layouts", (32, 32)), ("photos", (32, 32, 3))):
        (folder / name).mkdir()
        for i in range(3):
            ids = random.integers(0, 10, shape, "uint8")
            Image.fromarray(ids).save(folder / name / f"{i}.png")


def commands(run, inputs):
    """Returns the rows that are no training, name -> file and command."""
    convert = (
        "convert",
        "--network=spade_encoder",
        f"--input={inputs}/latest_net_E.pth",
    )
    scorer = (
        "train_scorer --dataset=landscapes --image_size=16x16 --count=8 "
        "--filters=2 --depth=1 --epochs=1 --batch_size=4 --output=s.keras "
        "--overwrite"
    ).split()
    generate = (
        "generate",
        f"--run={run}",
        f"--input={inputs}/layouts",
        "--output=images",
    )
    export = ("export", f"--run={run}", "--output=served")
    segment = (
        "segment",
        f"--image_dir={inputs}/photos",
        "--output_dir=labels",
        "--scorer=landscapes",
    )
    evaluate = (
        "evaluate",
        f"--run={run}",
        "--evaluation_dir=scores",
        "--count=2",
        "--references=none",
        "--metrics=miou",
    )
    return {
        "convert .keras": ("e.keras", (*convert, "--output=e.keras")),
        "convert .weights.h5": (
            "e.weights.h5",
            (*convert, "--output=e.weights.h5"),
        ),
        "scorer network": ("s.keras", scorer),
        "scorer report": ("s.json", scorer),
        "export SavedModel": ("version", export),
        "export ONNX": ("version", (*export, "--format=onnx")),
        "generate image": ("1.png", (*generate, "--skip_existing")),
        "bulk manifest": ("manifest", (*generate, "--runner=DirectRunner")),
        "evaluate report.json": ("report.json", evaluate),
        "evaluate page": ("index.html", evaluate),
        "segment label map": ("1.png", segment),
    }


def try_row(name, file, disk, logs, work, *arguments):
    """Runs it on a full disk and again.

    Returns:
        Tuple of both exit statuses, the sentence, and what was left.
    """
    log = logs / "first.log"
    first = in_child(disk, log, fill_and, file, disk, work, *arguments)
    text = log.read_text(errors="replace")
    if first == -signal.SIGSEGV or "Traceback" in text:
        sentence = f"TRACEBACK {text[-300:]}"
    else:
        lines = [x for x in text.splitlines() if x.startswith("Error: ")]
        sentence = " / ".join(lines) or text[-200:]
    if "never became full" in text:
        sentence = "(the file was never written)"
    left = [p.name for p in disk.rglob(".*") if p.name.startswith(".writing")]
    (disk / ".filler").unlink(missing_ok=True)
    log = logs / "second.log"
    second = in_child(disk, log, work, *arguments)
    if second:
        sentence += f" SECOND: {log.read_text(errors='replace')[-400:]}"
    return first, second, sentence.replace(str(disk), "DISK"), left


def main(argv):
    del argv
    small_run.choose_backend()
    import keras_semsynth  # noqa: F401

    root = pathlib.Path(tempfile.mkdtemp(prefix="full-disks-"))
    run = root / "undisturbed-0"
    expected, _ = kills.undisturbed(root, count=1)
    inputs = root / "inputs"
    inputs.mkdir()
    write_layouts(run, inputs)
    weights = inputs / "latest_net_E.pth"
    if in_child(root, root / "weights.log", write_official, weights):
        raise SystemExit((root / "weights.log").read_text())
    rows = {name: (name, None) for name in TRAINING}
    rows |= commands(run, inputs)
    print("| file | exit status | sentence | left | again |")
    print("| --- | --- | --- | --- | --- |", flush=True)
    for name, (file, arguments) in rows.items():
        if FLAGS.rows and name not in FLAGS.rows:
            continue
        disk = root / "disk"
        disk.mkdir(exist_ok=True)
        size = f"size={MEGABYTES}m"
        mount = ["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(disk)]
        subprocess.run(mount, check=True)
        try:
            if arguments is None:
                work, arguments = train, (disk / "run",)
            else:
                work = command
            first, second, sentence, left = try_row(
                name, file, disk, root, work, *arguments
            )
            again = f"exit status {second}"
            if not second and work is train:
                end = small_run.end_of(disk / "run")
                differing = small_run.differences(expected, end)
                again = f"differs: {differing[:4]}"
                if not differing:
                    again = "resumed, bit-identical"
        finally:
            subprocess.run(["umount", str(disk)], check=True)
        print(
            f"| {name} | {first} | {sentence} | {left or 'nothing'} "
            f"| {again} |",
            flush=True,
        )


if __name__ == "__main__":
    app.run(main)
