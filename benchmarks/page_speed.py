"""Times the painting page, from a stroke to its picture.

Starts `semsynth serve`. First a painter in Chromium drags a brush over the
page: time runs from the release of the mouse until the browser has the picture
of the whole stroke, so it includes what is left of the picture before. Then
clients without a browser paint, one, and many at once: each changes its layout,
writes it as a PNG of ids, sends it, reads the picture, and goes on at once. The
last picture of each is compared with that of `Synthesizer` (`rounded`: no pixel
is off by more than one of 256 levels, as in a batch of another size).

`--checkout` loads the page of another version of this repository with the same
model, e.g. one that `git worktree add` brought.

Run: python benchmarks/page_speed.py [--clients=8] [--pictures=200]
The browser needs what the tests of the page need: Chromium, the extra
`browser`. Without it: --strokes=0.
"""

import collections
import contextlib
import io
import sys
import time
import urllib.parse
from concurrent import futures

import numpy as np
from absl import app
from absl import flags
from page_client import PageClient
from page_client import compare
from page_client import get
from PIL import Image
from server_process import ROOT
from server_process import server_process

from keras_semsynth.client.wire_images import layout_to_png
from keras_semsynth.synthesis.synthesizer import Synthesizer

FLAGS = flags.FLAGS
flags.DEFINE_string(
    "run", "landscapes", "Run of landscapes, or name of a model."
)
flags.DEFINE_integer("strokes", 30, "In the browser.", lower_bound=0)
flags.DEFINE_integer("clients", 8, "Clients at once.", lower_bound=1)
flags.DEFINE_integer("pictures", 200, "In all, each time.", lower_bound=16)
flags.DEFINE_string("checkout", None, "Folder of another version.")

# Notes how long it takes from the release of the mouse until the picture is
# that of the layout. A stroke is noticed in the frame after it.
WATCH = """
window.taken = null;
const canvas = document.getElementById('layout');
canvas.addEventListener('pointerup', (event) => {
  const look = () => {
    if (document.body.classList.contains('busy')) requestAnimationFrame(look);
    else window.taken = (performance.now() - event.timeStamp) / 1000;
  };
  requestAnimationFrame(() => requestAnimationFrame(look));
}, { once: true });
"""


def main(argv):
    del argv
    run = FLAGS.run
    command = ["-m", "keras_semsynth", "serve", f"--run={run}", "--port=0"]
    command += ["--noopen"]
    root = FLAGS.checkout or ROOT
    with server_process(command, r"http://\S+", [], root) as (_, url):
        print("| painters | pictures | a second | p50 s | p95 s | last ones |")
        print("| --- |" + " ---: |" * 4 + " --- |", flush=True)
        if FLAGS.strokes:
            print_row("1, in Chromium", *strokes_in_browser(url), {})
        synthesizer = Synthesizer.from_preset(run)
        synthesizer.renderer.compile_after = 0
        server = urllib.parse.urlsplit(url).netloc
        for clients in sorted({1, FLAGS.clients}):
            print_row(
                clients, *strokes_of_clients(server, clients, synthesizer)
            )


def print_row(name, times, seconds, last):
    p50, p95 = np.percentile(times, [50, 95])
    print(
        f"| {name} | {len(times)} | {len(times) / seconds:.1f} | {p50:.2f} "
        f"| {p95:.2f} | {dict(last) or '-'} |",
        flush=True,
    )


def strokes_in_browser(url):
    """Returns the seconds of every stroke, and of all."""
    from selenium.webdriver.common.action_chains import ActionChains

    sys.path.append(str(ROOT))
    from tests.page import chromium

    times = []
    with chromium.open_browser() as driver:
        chromium.set_screen(driver, (1280, 800))
        driver.get(url)
        chromium.wait_until(
            lambda: driver.execute_script(
                "return document.body.classList.contains('ready')"
            ),
            "the page",
        )
        canvas = driver.find_element("css selector", "#layout")
        classes = driver.find_elements("css selector", ".swatch")
        width, height = canvas.size["width"], canvas.size["height"]
        began = time.monotonic()
        for i in range(FLAGS.strokes):
            # Every stroke is seen: the one before was of another class.
            classes[i % len(classes)].click()
            driver.execute_script(WATCH)
            row = height * ((i + 0.5) / FLAGS.strokes - 0.5)
            mouse = ActionChains(driver, duration=20)
            mouse.move_to_element_with_offset(canvas, -width // 3, int(row))
            mouse.click_and_hold()
            for _ in range(5):
                mouse.move_by_offset(width // 8, 0)
            mouse.release().perform()
            times.append(
                chromium.wait_until(
                    lambda: driver.execute_script("return window.taken"),
                    "the picture",
                )
            )
        return times, time.monotonic() - began


def strokes_of_clients(server, clients, synthesizer):
    """Returns the seconds of every picture and of all, and how the last are."""
    counts, times = collections.Counter(), []
    each = FLAGS.pictures // clients
    start = get(server, "example?number=0")
    start = np.asarray(Image.open(io.BytesIO(start)), "int32")

    def work(number):
        random = np.random.default_rng(number)
        layout = start.copy()
        with contextlib.closing(PageClient(server, counts)) as client:
            for seed in range(each):
                row, column = (random.integers(0, n) for n in layout.shape)
                layout[row : row + 16, column : column + 64] = random.integers(
                    len(synthesizer.classes)
                )
                began = time.monotonic()
                image = client.ask(layout_to_png(layout), seed)
                times.append(time.monotonic() - began)
        return layout, seed, image

    began = time.monotonic()
    with futures.ThreadPoolExecutor(clients) as pool:
        last = list(pool.map(work, range(clients)))
    seconds = time.monotonic() - began
    for layout, seed, image in last:
        (right,) = synthesizer.synthesize(layout, seed=seed)
        counts[compare(image, right)] += 1
    return times, seconds, counts


if __name__ == "__main__":
    app.run(main)
