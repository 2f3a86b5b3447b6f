"""Takes the pictures of the painting page in docs/images.

Run: python docs/screenshots.py    (needs Chromium, chromedriver and selenium)
"""

import pathlib
import sys
import tempfile

import numpy as np
from PIL import Image

FOLDER = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from keras_semsynth import data  # noqa: E402
from keras_semsynth.page.app import create_app  # noqa: E402
from keras_semsynth.page.server import load_model  # noqa: E402
from tests.page import chromium  # noqa: E402
from tests.page.painting_model import served  # noqa: E402

DUSK = 4  # a sample of the landscapes that is not by day
READY = (
    "return document.body.classList.contains('ready') && "
    "!document.body.classList.contains('busy') && "
    "!document.getElementById('picture').hidden"
)


def main():
    model = load_model()
    model.warm_up()
    photograph = data.describe("landscapes", image_size=(64, 64)).read(DUSK)
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium.open_browser() as driver,
    ):
        file = pathlib.Path(folder) / "photograph.png"
        Image.fromarray(np.asarray(photograph.image, "uint8")).save(file)
        for name, size, options in (
            ("light", (1360, 820), {}),
            ("dark", (1360, 820), {"dark": True}),
            ("phone", (390, 844), {"phone": True}),
        ):
            chromium.set_screen(driver, size, **options)
            with served(create_app(model)) as address:
                driver.get(address)
                settle(driver)
                if name == "dark":
                    driver.find_element(
                        "css selector", "#style-file"
                    ).send_keys(str(file))
                    chromium.wait_until(
                        lambda: driver.execute_script(
                            "return document.body.classList.contains('styled')"
                        ),
                        "the style",
                    )
                settle(driver)
                path = FOLDER / "images" / f"painting_{name}.png"
                driver.save_screenshot(str(path))
                print(path)


def settle(driver):
    chromium.wait_until(lambda: driver.execute_script(READY), "the picture")


if __name__ == "__main__":
    main()
