"""Debian's Chromium, driven by Selenium."""

import contextlib
import pathlib
import shutil
import subprocess
import tempfile
import time

import pytest

# Without these, Chromium asks for hosts of its maker all the time.
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PROGRAMS = {
    "chromium": shutil.which("chromium"),
    "chromedriver": shutil.which("chromedriver"),
}


def require_chromium():
    """Skips the tests of a module where there is no browser, and says why."""
    pytest.importorskip(
        "selenium", reason="browser tests need the extra `browser`"
    )
    missing = [name for name, path in PROGRAMS.items() if path is None]
    if missing:
        pytest.skip(
            f"browser tests need {' and '.join(missing)} "
            "(apt-get install chromium chromium-driver)",
            allow_module_level=True,
        )


@contextlib.contextmanager
def open_browser(seconds=300):
    """Starts a browser with an empty profile.

    ChromeDriver would start it, too, but waits no longer than a minute, which
    a machine that tests on all cores may need.

    Args:
        seconds: float. How long to wait for it. Defaults to `300`.

    Yields:
        `selenium.webdriver.Chrome`.
    """
    from selenium import webdriver

    with contextlib.ExitStack() as stack:
        profile = stack.enter_context(
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        )
        process = subprocess.Popen(
            [
                PROGRAMS["chromium"],
                *FLAGS,
                "--remote-debugging-port=0",
                f"--user-data-dir={profile}",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(process.wait)
        stack.callback(process.terminate)
        told = pathlib.Path(profile, "DevToolsActivePort")
        wait_until(
            lambda: told.is_file() and told.read_text().count("\n"),
            "Chromium to start",
            seconds,
        )
        port = told.read_text().splitlines()[0]
        options = webdriver.ChromeOptions()
        options.debugger_address = f"127.0.0.1:{port}"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        service = webdriver.ChromeService(PROGRAMS["chromedriver"])
        driver = webdriver.Chrome(options=options, service=service)
        stack.callback(driver.quit)
        driver.set_script_timeout(120)
        yield driver


def set_screen(driver, size, phone=False, dark=False):
    """Gives a browser another screen.

    Args:
        driver: `selenium.webdriver.Chrome`.
        size: `(width, height)` of the page.
        phone: bool. Whether the screen is a fine one that feels fingers.
            Defaults to `False`.
        dark: bool. What the system prefers. Defaults to `False`.
    """
    command = driver.execute_cdp_cmd
    command(
        "Emulation.setDeviceMetricsOverride",
        {
            "width": size[0],
            "height": size[1],
            "deviceScaleFactor": 2 if phone else 1,
            "mobile": phone,
        },
    )
    command("Emulation.setTouchEmulationEnabled", {"enabled": phone})
    scheme = {
        "name": "prefers-color-scheme",
        "value": "dark" if dark else "light",
    }
    command("Emulation.setEmulatedMedia", {"features": [scheme]})


def wait_until(condition, what, seconds=120):
    """Waits until something is so; returns what `condition` returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = condition()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"Waited {seconds} s for {what}.")
