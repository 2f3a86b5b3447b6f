"""Starts a server as a process of its own, for what loads it."""

import contextlib
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
START_SECONDS = 600


@contextlib.contextmanager
def server_process(arguments, pattern, log, root=ROOT):
    """Runs Python with arguments until the context ends.

    Args:
        arguments: List of str.
        pattern: str. Regular expression of the address in its output.
        log: List, gets the lines of its output.
        root: Path of the checkout whose package it is. Defaults to this one.

    Yields:
        `subprocess.Popen` and the address.
    """
    process = subprocess.Popen(
        [sys.executable, *arguments],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    found = threading.Event()

    def read():
        for line in process.stdout:
            log.append(line)
            if re.search(pattern, line):
                found.set()

    reader = threading.Thread(target=read)
    reader.start()
    try:
        deadline = time.monotonic() + START_SECONDS
        while not found.wait(0.2):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"No server came up:\n{''.join(log)}")
        yield process, re.search(pattern, "".join(log))[0]
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)
        reader.join()
