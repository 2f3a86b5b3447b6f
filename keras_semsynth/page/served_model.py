"""A model of TensorFlow Serving, as the page uses it."""

import os
from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any

import numpy as np

from keras_semsynth.client.client import Client
from keras_semsynth.client.errors import WrongModelError
from keras_semsynth.data.classes import Classes
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files.images import read_plain_photograph
from keras_semsynth.page.layouts import read_dataset
from keras_semsynth.page.local_model import example_layouts
from keras_semsynth.synthesis.named_models import find_model


class ServedModel:
    """Renders through a `Client`, with the same face as `LocalModel`.

    TensorFlow Serving hands out no assets, so names and colours come from the
    description of the exported model.

    Args:
        client: `keras_semsynth.client.Client`.
        description: dict, what `describe_model` returns: the `dataset.json`
            in the assets of the exported model.
    """

    threads = 4  # the server makes batches of what comes together
    max_batch = 1

    def __init__(self, client: Client, description: Mapping[str, Any]):
        self.client = client
        self.classes = Classes.from_json(description)
        self.dataset_name = description.get("name") or description.get(
            "dataset"
        )
        self.name = f"{client.address.model} at {client.address.server}"
        self.image_size = tuple(description["image_size"])
        self.fixed_size = description["fixed_size"]
        self.size_multiple = description["size_multiple"]
        self.has_seed = description["latent_kind"] is not None
        self.has_style = description["style_encoder"]
        self.style_dim = description["latent_size"] if self.has_style else None
        # Its signatures take seeds, or codes of all classes, no mixture.
        self.has_class_looks = self.has_class_styles = False
        self.by_class = description.get("latent_by_class", False)
        self.examples = example_layouts(self.classes, self.image_size)

    @classmethod
    def load(cls, path: str | os.PathLike, client: Client) -> "ServedModel":
        """Reads the description of a run or an exported model.

        Args:
            path: Path of an exported model, with or without its version, or
                of the run that it was exported from.
            client: `keras_semsynth.client.Client`.
        """
        path = find_model(path)
        description = read_dataset(path)
        if "size_multiple" not in description:
            # A run directory: its generator knows the rest.
            from keras_semsynth.export.description import describe_model
            from keras_semsynth.synthesis.synthesizer import Synthesizer

            name = description.get("name")
            synthesizer = Synthesizer.from_preset(path)
            description = describe_model(synthesizer, path, name=name)
        return cls(client, description)

    def warm_up(self) -> None:
        """Asks for one picture, so that a wrong model is noticed at once."""
        # The highest id: a model of fewer classes refuses it.
        last = len(self.classes.names) - 1
        layout = np.full(self.image_size, last, "int32")
        try:
            self.images([layout], [0], [None], [{}])
        except ValueError as error:
            raise WrongModelError(
                f"{self.name} does not make pictures of the {last + 1} classes "
                f"that `run` names ({error}): let `run` be the exported folder "
                "of the model that is served."
            ) from error

    def images(
        self,
        layouts: Sequence[np.ndarray],
        seeds: Sequence[int],
        styles: Sequence[np.ndarray | None],
        class_looks: Sequence[Mapping[int, int | np.ndarray]],
    ) -> list[np.ndarray]:
        """As `LocalModel.images`, without looks of classes."""
        images = []
        for layout, seed, style in zip(layouts, seeds, styles, strict=True):
            layout = resize_nearest(layout, self._size(layout.shape))
            if style is not None and self.by_class:
                style = np.repeat(style[None], len(self.classes), axis=0)
            if style is not None:
                image = self.client.synthesize(layout, style=style)
            else:
                image = self.client.synthesize(layout, seed=seed)
            images.append(image)
        return images

    def style_code(self, data: bytes, max_pixels: int) -> np.ndarray:
        """As `LocalModel.style_code`."""
        # Refuse here what is no image; the server reads pixels alone.
        plain = read_plain_photograph(
            data, "the photograph", ("PNG", "JPEG"), max_pixels
        )
        code = self.client.encode_style(plain)
        return code[0] if self.by_class else code  # classes are alike

    def _size(self, size):
        if self.fixed_size:
            return self.image_size
        multiple = self.size_multiple
        return tuple(max(1, round(s / multiple)) * multiple for s in size)
