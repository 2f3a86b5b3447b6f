"""Executes the notebooks of docs/, each in a process of its own.

python .ci/notebooks.py            fails if a cell does
python .ci/notebooks.py --write    and keeps what the cells print and show
"""

import pathlib
import sys
import tempfile
import time

import nbclient
import nbformat

FOLDER = pathlib.Path(__file__).resolve().parents[1] / "docs" / "notebooks"


def main():
    for path in sorted(FOLDER.glob("*.ipynb")):
        began = time.monotonic()
        notebook = nbformat.read(path, as_version=4)
        with tempfile.TemporaryDirectory() as folder:
            nbclient.NotebookClient(
                notebook,
                timeout=600,
                resources={"metadata": {"path": folder}},
            ).execute()
        if "--write" in sys.argv:
            for cell in notebook.cells:
                cell.metadata.pop("execution", None)
            nbformat.write(notebook, path)
        print(f"{path.name}: {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
