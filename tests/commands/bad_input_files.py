"""The files that the mistakes of `bad_inputs.py` are made with."""

import json
import pathlib
import shutil

import numpy as np
from PIL import Image

from tests import finished_run
from tests.data import files


def write_inputs(root):
    """Writes the files that the cases name."""
    root = pathlib.Path(root)
    for name in ("empty", "folder.keras", "named/1.jpg", "folders/a.png"):
        (root / name).mkdir(parents=True)
    files.write_pairs(root / "pairs", ["1", "2"], size=(32, 64))
    shutil.move(root / "pairs/images", root / "photos")
    shutil.move(root / "pairs/labels", root / "labels")
    (root / "pairs").rmdir()
    files.write_image(root / "few/1.jpg", (32, 64))
    for name in "12":
        files.write_image(root / f"large/{name}.jpg", (40, 64))
        files.write_image(root / f"torn/images/{name}.png", (32, 64))
        files.write_labels(
            root / f"torn/labels/{name}.png", files.stripes((32, 64))
        )
    torn = root / "torn/images/2.png"
    torn.write_bytes(torn.read_bytes()[:200])
    for name in ("a.png", "deep/b.png"):
        path = root / "layouts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(finished_run.layout()).save(path)
    (root / "linked").symlink_to("layouts")
    (root / "long").mkdir()
    shutil.copy(root / "layouts/a.png", root / "long" / f"{'n' * 251}.png")
    for name in (
        "made/a.png",
        "made/a_grid.png",
        "page/index.html",
        "scored/report.json",
    ):
        _write(root / name, "mine")
    _write(root / "blocked/deep", "mine")
    for name in ("file.txt", "text.pth", "text.keras", "prose.cfg"):
        _write(root / name, "Dear diary,")
    _write(root / "blank.png", "")
    (root / "torn.png").write_bytes(torn.read_bytes())
    _write(root / "loop.cfg", "--flagfile=loop.cfg")
    (root / "binary.cfg").write_bytes(bytes(range(256)))
    _write_palettes(root / "palettes")
    _write_annotations(root)
    finished_run.write_run(root / "run")
    for name in ("list", "text", "torn", "lacking"):
        shutil.copytree(root / "run", root / "runs" / name)
    _write(root / "runs/list/dataset.json", "[]")
    _write(root / "runs/text/dataset.json", "Dear diary,")
    _write(root / "runs/torn/generator.keras", "PK")
    _write(root / "runs/lacking/dataset.json", "{}")


def _write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _write_palettes(folder):
    for name, text in {
        "empty.txt": "# nothing\n",
        "two.txt": "1 2\n",
        "fraction.txt": "1.5 2 3 sky\n",
        "large.txt": "1 2 300 sky\n",
        "negative.txt": "1 2 -3 sky\n",
        "twice.txt": "1 2 3 sky\n1 2 3 sea\n",
        "list.json": "[[1, 2, 3], 5]",
        "deep.json": "[" * 5000,
        "ids.json": '[{"color": [1, 2, 3], "id": 7}]',
        "torn.json": '[{"color": [1, 2',
    }.items():
        _write(folder / name, text)
    (folder / "binary.txt").write_bytes(np.arange(256).astype("u1").tobytes())


def _write_annotations(root):
    def content(size, polygon):
        return {
            "images": [
                {"id": i, "file_name": f"{i}.jpg", "height": size[0]}
                | {"width": size[1]}
                for i in (1, 2)
            ],
            "annotations": [{"id": 5, "image_id": 1, "segmentation": polygon}],
        }

    good = [[1, 1, 9, 1, 9, 9]]
    for name, value in {
        "coco.json": content((32, 64), good),
        "other.json": content((64, 32), good),
        "numbers.json": content((32, 64), [["a", "b", 3, 4]]),
        "list.json": [1, 2],
    }.items():
        _write(root / name, json.dumps(value))
    _write(root / "torn.json", '{"images": [')
