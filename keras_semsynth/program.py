"""Which program imports the package, and what it prints meanwhile."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

# The second is what `pip` makes on Windows.
_SCRIPTS = ("semsynth", "semsynth.exe")


def is_command() -> bool:
    """Whether it is `semsynth`, or `python -m keras_semsynth`.

    Returns:
        bool. A program that cannot be told counts as another one.
    """
    program = sys.argv[0] if sys.argv else ""
    if program == "-m":
        # Python is still looking for the module, whose name stands before the
        # arguments.
        return sys.orig_argv[-len(sys.argv) :][:1] == [__package__]
    return os.path.basename(program) in _SCRIPTS


_LEVEL = "TF_CPP_MIN_LOG_LEVEL"
# Lines of TensorFlow at its start that tell nobody what to do.
_NOISE = [
    "All log messages before absl::InitializeLog() is called",
    "oneDNN custom operations are on.",
    "This TensorFlow binary is optimized to use available CPU instructions",
    "To enable the following instructions:",
]
# These are noise only where there is no GPU. (303: no driver.)
_WITHOUT_GPU = [
    "Could not find cuda drivers on your machine",
    "failed call to cuInit: INTERNAL: CUDA error: Failed call to cuInit: "
    "UNKNOWN ERROR (303)",
]
_DEVICES = ("/proc/driver/nvidia", "/dev/nvidia0", "/dev/dxg")
_FILTER = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
noise = [text.encode() for text in sys.argv[1:]]
for line in sys.stdin.buffer:
    if not any(text in line for text in noise):
        sys.stderr.buffer.write(line)
        sys.stderr.buffer.flush()
"""


@contextlib.contextmanager
def quiet_start() -> Iterator[None]:
    """Keeps what TensorFlow prints at its start from the user.

    Lines that are known to be no error are left out, all others appear at
    once. `--debug`, or TF_CPP_MIN_LOG_LEVEL=0 or 1 in the environment, shows
    everything.
    """
    if {"--debug", "--debug=true"} & set(sys.argv):
        os.environ.setdefault(_LEVEL, "0")
    # From here on, errors alone.
    if os.environ.setdefault(_LEVEL, "2") in ("0", "1"):
        yield
        return
    has_gpu = any(map(os.path.exists, _DEVICES))
    noise = _NOISE if has_gpu else [*_NOISE, *_WITHOUT_GPU]
    # Another process reads along: should this one crash, nothing is lost.
    try:
        kept = os.dup(2)
        reader = subprocess.Popen(
            [sys.executable, "-S", "-E", "-c", _FILTER, *noise],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
        )
    except OSError:  # no standard error, or no further process
        yield
        return
    os.dup2(reader.stdin.fileno(), 2)
    try:
        yield
        tensorflow = sys.modules.get("tensorflow")
        if tensorflow is not None and not has_gpu:
            # It looks for GPUs once; let it be now.
            tensorflow.config.list_physical_devices()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        reader.stdin.close()
        # A process that was begun meanwhile may still write to it.
        with contextlib.suppress(subprocess.TimeoutExpired):
            reader.wait(timeout=2)
