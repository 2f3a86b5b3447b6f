"""Loads the painting page beside slow and broken peers, and ends it.

Starts `semsynth serve`. Peers that send half a request, or a byte a second, or
nothing, hold connections and open another for each that the page closes: first
all from the address of the clients, then from many others. Beside them clients
ask for pictures; every tenth request is dropped in mid-body. Each picture is
compared with that of `Synthesizer`. At the end comes SIGTERM.

What is counted, of the requests that were sent in full:

- lost: no answer came within a minute, though the client kept its connection
- wrong: a picture that is not that of its layout and seed (`rounded`: no pixel
  is off by more than one of 256 levels, as in a batch of another size)
- refused: answers 503, which were repeated after the time they name
- reopened: an idle connection that the page had closed before the request,
  which was then sent over a new one, as every client of HTTP does

Run: python benchmarks/page_load.py [--requests=2000] [--clients=16]
Linux only: the peers use the addresses 127.0.0.2 and on.
"""

import collections
import contextlib
import itertools
import pathlib
import re
import signal
import socket
import sys
import threading
import time
import urllib.parse
from concurrent import futures

import numpy as np
from absl import app
from absl import flags
from page_client import PageClient
from page_client import compare
from page_client import get
from server_process import server_process

from keras_semsynth.files.images import read_label_values
from keras_semsynth.synthesis.synthesizer import Synthesizer

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "run", "landscapes", "Run of landscapes, or name of a model."
)
flags.DEFINE_integer("requests", 2000, "Requests in all.", lower_bound=20)
flags.DEFINE_integer("clients", 16, "Clients at once.", lower_bound=1)
flags.DEFINE_integer("half_open", 300, "Slow peers at once.", lower_bound=0)
flags.DEFINE_integer("layouts", 20, "Different layouts.", lower_bound=1)
flags.DEFINE_list("serve_flags", [], "Further flags of `semsynth serve`.")

HEAD = b"POST /api/image HTTP/1.1\r\nHost: 127.0.0.1\r\n"
BODY = b"Content-Type: image/png\r\nContent-Length: 50000\r\n\r\n\x89PNG"
# What a slow peer sends at once, and whether it then sends a byte a second.
SLOW = (
    (b"", False),
    (HEAD[:20], False),
    (HEAD, False),
    (HEAD, True),
    (HEAD + BODY, False),
    (HEAD + BODY, True),
)


def main(argv):
    del argv
    run = FLAGS.run
    log = []
    command = ["-m", "keras_semsynth", "serve", f"--run={run}", "--port=0"]
    command += ["--noopen", *FLAGS.serve_flags]
    with server_process(command, r"http://\S+", log) as (process, url):
        server = urllib.parse.urlsplit(url).netloc
        layouts = [get(server, f"example?number={i}") for i in range(20)]
        jobs = [
            (layouts[i % FLAGS.layouts % 20], i) for i in range(FLAGS.requests)
        ]
        expected = _expected(run, jobs)
        print(
            f"{len(jobs)} requests of {FLAGS.clients} clients, every tenth "
            f"dropped in mid-body; {FLAGS.half_open} slow peers, {run}\n\n"
            "| slow peers from | requests | answered | dropped | lost | wrong "
            "| rounded | refused | reopened | p50 s | p99 s | longest s | "
            "peers' connections |\n| --- |" + " ---: |" * 12,
            flush=True,
        )
        half = len(jobs) // 2
        for name, sources, some in (
            ("127.0.0.1", ["127.0.0.1"], slice(half)),
            (
                "127.0.0.2 ... 101",
                [f"127.0.0.{i}" for i in range(2, 102)],
                slice(half, None),
            ),
        ):
            with _slow_peers(server, sources) as opened:
                _load(name, server, jobs[some], expected[some], opened)
                peak = _peak_gib(process)
                if sources[0] != "127.0.0.1":
                    # With the peers still there, and 16 requests under way.
                    seconds, last = _end(process, server, jobs)
    print(f"\npeak memory of the page {peak:.2f} GiB")
    print(
        f"SIGTERM with {FLAGS.half_open} slow peers and {FLAGS.clients} "
        f"requests under way: ended in {seconds:.1f} s with status "
        f"{process.returncode}; these were answered {dict(last)}"
    )
    lines = "".join(log).splitlines()
    print(
        f"lines printed: {len(lines)}, tracebacks: "
        f"{sum('Traceback' in line for line in lines)}"
    )
    for line in lines:
        print(f"    {line}")


def _expected(run, jobs):
    synthesizer = Synthesizer.from_preset(run)
    synthesizer.renderer.compile_after = 0
    images = []
    for png, seed in jobs:
        ids = read_label_values(png, "the layout", ("PNG",)).astype("int32")
        images.append(synthesizer.synthesize(ids, seed=seed)[0])
    return images


def _load(name, server, jobs, expected, opened):
    """Sends jobs, counts and times the answers, prints a row."""
    counts, times, lock = collections.Counter(), [], threading.Lock()
    numbers = iter(range(len(jobs)))

    def work(_):
        client = PageClient(server, counts)
        with contextlib.closing(client):
            while (i := next(numbers, None)) is not None:
                if i % 10 == 9:
                    client.drop(*jobs[i])
                    continue
                began = time.monotonic()
                try:
                    image = client.ask(*jobs[i])
                except OSError as error:
                    print(f"Lost: {error!r}", file=sys.stderr)
                    counts["lost"] += 1
                    continue
                with lock:
                    times.append(time.monotonic() - began)
                counts[compare(image, expected[i])] += 1

    with futures.ThreadPoolExecutor(FLAGS.clients) as pool:
        list(pool.map(work, range(FLAGS.clients)))
    p50, p99, longest = np.percentile(times, [50, 99, 100])
    print(
        f"| {name} | {len(jobs)} | {len(times)} | {counts['dropped']} | "
        f"{counts['lost']} | {counts['wrong']} | {counts['rounded']} | "
        f"{counts['refused']} | {counts['reopened']} | {p50:.2f} | {p99:.2f} | "
        f"{longest:.2f} | {next(opened)} |",
        flush=True,
    )


@contextlib.contextmanager
def _slow_peers(server, sources):
    """Keeps slow peers at the page; yields a counter of their connections."""
    host, port = server.split(":")
    opened, over = itertools.count(), threading.Event()
    peers = [None] * FLAGS.half_open

    def open_one(i):
        start, _ = SLOW[i % len(SLOW)]
        peer = socket.create_connection(
            (host, int(port)), 10, (sources[i % len(sources)], 0)
        )
        peers[i] = peer
        next(opened)
        peer.sendall(start)
        peer.setblocking(False)

    def look_after(i, drips):
        if peers[i] is None:
            open_one(i)
        try:
            if drips and SLOW[i % len(SLOW)][1]:
                peers[i].send(b"X")
            if peers[i].recv(4096):
                return
        except BlockingIOError:
            return
        peers[i].close()
        peers[i] = None

    def work():
        for second in itertools.count():
            for i in range(len(peers)):
                with contextlib.suppress(OSError):
                    look_after(i, second % 5 == 0)
            if over.wait(0.2):
                return

    thread = threading.Thread(target=work)
    thread.start()
    while next(opened) < FLAGS.half_open:
        time.sleep(0.1)
    try:
        yield opened
    finally:
        over.set()
        thread.join()
        for peer in filter(None, peers):
            peer.close()


def _end(process, server, jobs):
    """Sends SIGTERM amid requests; returns seconds and what they got."""
    answers, sent = collections.Counter(), threading.Barrier(FLAGS.clients + 1)

    def ask(job):
        client = PageClient(server, collections.Counter())
        with contextlib.closing(client):
            client.send(*job)
            sent.wait()
            try:
                answers[client.connection.getresponse().status] += 1
            except OSError:
                answers["closed"] += 1

    with futures.ThreadPoolExecutor(FLAGS.clients) as pool:
        asked = [pool.submit(ask, job) for job in jobs[: FLAGS.clients]]
        sent.wait()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(60)
        seconds = time.monotonic() - began
        for one in asked:
            one.result()
    return seconds, answers


def _peak_gib(process):
    status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
    return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 2**20


if __name__ == "__main__":
    app.run(main)
