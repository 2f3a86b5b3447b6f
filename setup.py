"""What setup.cfg cannot say: two things that are made for a release.

Everything else about the package stands in setup.cfg.
"""

import pathlib
import re
import shutil

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = pathlib.Path(__file__).resolve().parent
REPOSITORY = "https://github.com/keras-semsynth/keras_semsynth"
RAW = "https://raw.githubusercontent.com/keras-semsynth/keras_semsynth"


def long_description() -> str:
    """Returns README with absolute links, as a package index needs them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    relative = r"\]\((?!https?:|#)"
    text = re.sub(rf"(!\[[^\]]*){relative}", rf"\1]({RAW}/main/", text)
    return re.sub(relative, f"]({REPOSITORY}/blob/main/", text)


class BuildWithConfigs(build_py):
    """Copies `configs/` into the package of a wheel.

    The flag files have one home, the top of the repository. An editable
    install reads them there.
    """

    def run(self):
        super().run()
        if not self.editable_mode:
            target = pathlib.Path(self.build_lib, "keras_semsynth", "configs")
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(ROOT / "configs", target)


setup(
    long_description=long_description(),
    cmdclass={"build_py": BuildWithConfigs},
)
