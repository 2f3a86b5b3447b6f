"""Where the flag files that come with the package are."""

import pathlib

PACKAGE = pathlib.Path(__file__).resolve().parents[1]


def configs_folder() -> pathlib.Path:
    """Finds the flag files that come with the package.

    A wheel carries them inside the package. In a checkout, also one installed
    with `pip install -e .`, they stand beside it.

    Returns:
        Path of the folder `configs`. A flag file called
        `configs/_base/spade.cfg` is looked up from its parent.
    """
    inside = PACKAGE / "configs"
    return inside if inside.is_dir() else PACKAGE.parent / "configs"
