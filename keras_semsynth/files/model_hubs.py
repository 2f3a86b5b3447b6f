"""Folders of trained models on public hubs, Hugging Face's and Kaggle's.

Their own libraries do the work: they know accounts, caches and offline use.
"""

import os
import pathlib
from collections.abc import Sequence

HUGGING_FACE = "hf://"
KAGGLE = "kaggle://"
_LONGEST_REASON = 300


class HubError(ValueError):
    """Says in one sentence why a hub gave or took no model."""


def is_hub_name(name: str | os.PathLike) -> bool:
    """Whether a name is that of a model on a hub.

    Args:
        name: str or path.

    Returns:
        bool.
    """
    return str(name).startswith((HUGGING_FACE, KAGGLE))


def download(name: str, files: Sequence[str]) -> pathlib.Path:
    """Fetches a model, or finds it in the cache of its hub's library.

    Args:
        name: str: `"hf://user/model"`, with `"@revision"` or without, or
            `"kaggle://user/model/framework/variation"`.
        files: Sequence of str. The names of files that are asked for, as far
            as the model has them. Kaggle gives all of its files.

    Returns:
        Path of the folder, which is not to be written to.

    Raises:
        HubError: If there is no such model, or it cannot be reached.
        ImportError: If the library of the hub is not installed.
    """
    if name.startswith(KAGGLE):
        library = _library("kagglehub")
        handle = name.removeprefix(KAGGLE)
        if handle.count("/") not in (3, 4):
            raise HubError(
                f"`{name}` must be kaggle://user/model/framework/variation."
            )
        try:
            return pathlib.Path(library.model_download(handle))
        except Exception as error:
            raise _refused(name, "fetched", error) from error
    library = _library("huggingface_hub")
    repository, revision = _repository(name)
    try:
        folder = library.snapshot_download(
            repository, revision=revision, allow_patterns=list(files)
        )
    except Exception as error:
        raise _refused(name, "fetched", error) from error
    return pathlib.Path(folder)


def upload(folder: str | os.PathLike, name: str, private: bool = False) -> str:
    """Puts the files of a folder into a model on Hugging Face's hub.

    The model is made if there is none. Files of other names stay there.

    Args:
        folder: Path.
        name: str, `"hf://user/model"`.
        private: bool. Whether a new model is for its owner alone. Defaults to
            `False`.

    Returns:
        str, the address of the model's page.

    Raises:
        HubError: If the hub refuses it, or cannot be reached.
        ImportError: If `huggingface_hub` is not installed.
    """
    if not name.startswith(HUGGING_FACE):
        raise HubError(
            "Models are uploaded to Hugging Face alone: give "
            f"`hf://user/name`. Received: {name!r}."
        )
    library = _library("huggingface_hub")
    repository, revision = _repository(name)
    try:
        address = library.create_repo(
            repository, private=private or None, exist_ok=True
        )
        library.upload_folder(
            repo_id=repository, folder_path=folder, revision=revision
        )
    except Exception as error:
        raise _refused(name, "uploaded", error) from error
    return str(address)


def _repository(name):
    repository, _, revision = name.removeprefix(HUGGING_FACE).partition("@")
    if repository.count("/") != 1:
        raise HubError(f"`{name}` must be hf://user/name.")
    return repository, revision or None


def _library(name):
    try:
        if name == "kagglehub":
            import kagglehub as library
        else:
            import huggingface_hub as library
    except ImportError as error:
        raise ImportError(
            f"Names of models on a hub need the package {name}: pip install "
            '"keras_semsynth[hub]".'
        ) from error
    return library


# The libraries raise errors of many kinds, also those of what they use.
def _refused(name, done, error):
    reason = " ".join(str(error).split()).rstrip(".:")
    reason = reason or type(error).__name__
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[: _LONGEST_REASON - 3]}..."
    return HubError(
        f"`{name}` cannot be {done} ({reason}): check the name, the "
        "connection, and that you are logged in if it is private."
    )
