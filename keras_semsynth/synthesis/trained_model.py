"""A trained generator with what it takes to use it, by name and in files."""

import os
import pathlib
import tempfile
from collections.abc import Sequence
from typing import TYPE_CHECKING
from typing import Self

import numpy as np

from keras_semsynth.data.classes import Classes
from keras_semsynth.data.datasets import get_dataset
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.files import atomic
from keras_semsynth.files.dataset_file import read_dataset_file
from keras_semsynth.files.model_hubs import upload
from keras_semsynth.files.network_writing import save_network
from keras_semsynth.files.outputs import require_folder
from keras_semsynth.files.run_directory import RunDirectory
from keras_semsynth.generators.generator import Generator
from keras_semsynth.synthesis.model_card import changed_card
from keras_semsynth.synthesis.model_card import make_card
from keras_semsynth.synthesis.named_models import MODEL_FILES
from keras_semsynth.synthesis.named_models import find_model
from keras_semsynth.synthesis.run_files import read_run

if TYPE_CHECKING:
    from keras_semsynth.gans import SemanticGAN


class TrainedModel:
    """A generator, its style encoder and its classes, which travel together.

    Args:
        generator: A generator of this package.
        encoder: `Encoder`, or `None` if style images are not used.
            Defaults to `None`.
        classes: `Classes` of its layouts. Defaults to numbered ones.
        translates: bool. Whether it repaints photographs, instead of painting
            layouts. Defaults to `None`: if it starts from an image.

    Raises:
        ValueError: If the generator has not as many classes.
    """

    def __init__(
        self,
        generator: Generator,
        encoder: Encoder | None = None,
        classes: Classes | None = None,
        translates: bool | None = None,
    ):
        self.generator = generator
        self.encoder = encoder
        self.classes = classes or Classes(generator.num_classes)
        if len(self.classes) != generator.num_classes:
            raise ValueError(
                f"`classes` must be the {generator.num_classes} classes of "
                f"the generator. Received: {len(self.classes)} classes."
            )
        if translates is None:
            translates = getattr(generator, "start", None) == "image"
        self.translates = translates
        # What it was read from, and the name of its data if it was not.
        self._folder: pathlib.Path | None = None
        self._dataset: str | None = None

    @classmethod
    def from_preset(cls, name: str | os.PathLike) -> Self:
        """Loads a trained model by its name.

        Args:
            name: str or path: `"landscapes"`, which comes with the package;
                `"hf://user/name"` or
                `"kaggle://user/model/framework/variation"`; or the path of a
                run directory, of a folder that `save` has written, or of a
                `generator.keras` of one. `semsynth presets` lists names.

        Returns:
            The model.

        Raises:
            ValueError: If there is no such model, or a file of it cannot be
                read.
            ImportError: If the library of a hub is not installed; the extra
                `hub` brings both.

        Example:

        >>> synthesizer = keras_semsynth.Synthesizer.from_preset("landscapes")
        """
        path = find_model(name)
        model = cls(*read_run(path))
        model._folder = path if path.is_dir() else path.parent
        return model

    @classmethod
    def from_gan(
        cls,
        gan: "SemanticGAN",
        classes: Classes | Sequence[str] | str | None = None,
    ) -> Self:
        """Takes the networks of inference out of a GAN that `fit` has trained.

        They are shared, not copied. If the GAN keeps a moving average of its
        generator, that is taken.

        Args:
            gan: `SemanticGAN`, built.
            classes: `Classes`, the names of the classes, or the name of a
                dataset of `keras_semsynth.data`, such as `"landscapes"`.
                Defaults to numbered classes.

        Returns:
            The model.

        Raises:
            ValueError: If there are not as many classes.

        Example:

        >>> gan.fit(batches, epochs=10)
        >>> keras_semsynth.Synthesizer.from_gan(gan, "landscapes").save("mine")
        """
        dataset = classes if isinstance(classes, str) else None
        if dataset is not None:
            classes = get_dataset(dataset).classes
        elif classes is not None and not isinstance(classes, Classes):
            classes = Classes(tuple(classes))
        model = cls(gan.inference_generator, gan.encoder, classes)
        model._dataset = dataset
        return model

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes in the order of their ids."""
        return self.classes.names

    @property
    def palette(self) -> np.ndarray:
        """Colours of the classes, `uint8` `(num_classes, 3)`."""
        return self.classes.palette

    def card(self, name: str, licence: str | None = None) -> str:
        """Returns the model card: its own, or one made from its run.

        Args:
            name: str. What it is called, such as `"hf://user/name"`.
            licence: str or `None`. Identifier of the licence that it is
                published under, such as `"cc-by-nc-4.0"`. Defaults to `None`:
                what its own card says, if there is one.

        Returns:
            str, Markdown.
        """
        folder = self._folder
        if folder is not None and (folder / "README.md").is_file():
            own = (folder / "README.md").read_text(encoding="utf-8")
            return changed_card(own, name, licence)
        return make_card(
            name,
            self.generator,
            self._description(),
            None if folder is None else RunDirectory(folder),
            self.encoder is not None,
            licence,
        )

    def save(
        self,
        folder: str | os.PathLike,
        licence: str | None = None,
        overwrite: bool = False,
    ) -> None:
        """Writes the model into a folder of its own, with its card.

        `from_preset` reads it, and so do the commands, by `--run`.

        Args:
            folder: Path; must not exist, or be empty.
            licence: str or `None`. See `card`.
            overwrite: bool. Whether a model that was saved there before is
                replaced. Defaults to `False`.

        Raises:
            ValueError: If something else is there, or it cannot be written.
            DiskFullError: If it did not fit; a model of before is intact.
        """
        self._save(pathlib.Path(folder), None, licence, overwrite)

    def upload(
        self, name: str, licence: str | None = None, private: bool = False
    ) -> str:
        """Publishes the model, as `save` writes it, on Hugging Face's hub.

        Needs the extra `hub`, and an account: `hf auth login`.

        Args:
            name: str, `"hf://user/name"`.
            licence: str or `None`. See `card`.
            private: bool. Whether a new model is for its owner alone. Defaults
                to `False`.

        Returns:
            str, the address of its page.

        Raises:
            ValueError: If the hub refuses it, or cannot be reached.
            ImportError: If `huggingface_hub` is not installed.
        """
        with tempfile.TemporaryDirectory() as scratch:
            folder = pathlib.Path(scratch) / "model"
            self._save(folder, name, licence, False)
            return upload(folder, name, private)

    def _save(self, folder, name, licence, overwrite):
        _require_own(folder, overwrite)
        card = self.card(name or folder.name, licence)
        description = self._description()
        folder.parent.mkdir(parents=True, exist_ok=True)
        with atomic.atomic_path(folder) as new:
            new.mkdir()
            save_network(self.generator, new / "generator.keras")
            if self.encoder is not None:
                save_network(self.encoder, new / "encoder.keras")
            atomic.write_json(new / "dataset.json", description)
            atomic.write_text(new / "README.md", card)
            atomic.remove(folder)

    def _description(self):
        """The content of its `dataset.json`."""
        known = {} if self._dataset is None else {"name": self._dataset}
        if self._folder is not None:
            file = self._folder / "dataset.json"
            known = read_dataset_file(file) if file.is_file() else {}
        return {
            **known,
            **self.classes.to_json(),
            "paired": not self.translates,
        }


def _require_own(folder, overwrite):
    """Raises `ValueError` if something in the folder would be lost."""
    require_folder(folder, "folder")
    there = sorted(path.name for path in folder.glob("*"))
    others = [name for name in there if name not in MODEL_FILES]
    if others:
        raise ValueError(
            f"`folder={folder}` holds other files, such as {others[0]}: "
            "choose a new or empty folder."
        )
    if there and not overwrite:
        raise ValueError(
            f"`folder={folder}` holds a model already: choose another "
            "folder, or pass `overwrite` to replace it."
        )
