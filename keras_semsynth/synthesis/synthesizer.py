"""From a layout to photographs, with what a run directory knows."""

import json
import os
import pathlib
import zipfile
from collections.abc import Sequence

import keras
import numpy as np

from keras_semsynth import backend
from keras_semsynth.data.classes import Classes
from keras_semsynth.data.edge_map import edge_map_from_instances
from keras_semsynth.data.file_dataset import read_instances
from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.encoders.style_encoder import StyleEncoder
from keras_semsynth.files.images import read_image
from keras_semsynth.files.pictures import resize_pictures
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.generators.generator import Generator
from keras_semsynth.synthesis.latent_codes import draw_latent
from keras_semsynth.synthesis.latent_codes import drawn_around
from keras_semsynth.synthesis.translation import Translation
from keras_semsynth.synthesis.variations import Rounding
from keras_semsynth.synthesis.variations import Variations


class Synthesizer(Variations, Translation):
    """Turns layouts into images with a trained generator.

    A generator of unpaired translation turns photographs into images in the
    style of others instead: see `translate`.

    Class names, palette and the rule of label files travel along in the run
    directory, so that a layout needs nothing else.

    Args:
        generator: A generator of this package.
        encoder: `StyleEncoder`, or `None` if style images are not used.
            Defaults to `None`.
        classes: `Classes` of its layouts. Defaults to numbered ones.
        translates: bool. Whether it repaints photographs, instead of painting
            layouts. Defaults to `None`: if it starts from an image.

    Raises:
        ValueError: If the generator has not as many classes.

    Example:

    >>> synthesizer = keras_semsynth.Synthesizer.load("runs/quickstart")
    >>> synthesizer.class_names[:3]
    ('sky', 'cloud', 'sun')
    >>> images = synthesizer.synthesize("layout.png", seed=7)
    """

    def __init__(
        self,
        generator: Generator,
        encoder: StyleEncoder | None = None,
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

    @property
    def num_classes(self) -> int:
        """Number of classes, the unknown one included."""
        return len(self.classes)

    @property
    def class_names(self) -> tuple[str, ...]:
        """Names of the classes in the order of their ids."""
        return self.classes.names

    @property
    def palette(self) -> np.ndarray:
        """Colours of the classes, `uint8` `(num_classes, 3)`."""
        return self.classes.palette

    @classmethod
    def load(cls, path: str | os.PathLike) -> "Synthesizer":
        """Loads a run directory, or a `generator.keras` of one.

        Args:
            path: Path of a run directory, or of a `.keras` file. Next to it,
                `dataset.json` and `encoder.keras` are used if they exist.

        Returns:
            `Synthesizer`.

        Raises:
            ValueError: If there is no generator, or it cannot be read.
        """
        path = pathlib.Path(path)
        file = path / "generator.keras" if path.is_dir() else path
        if not file.is_file():
            raise ValueError(
                f"There is no generator at {file}: give a run directory that "
                "train.py has written, or a .keras file."
            )
        generator = _load_network(file)
        if not isinstance(generator, Generator):
            raise ValueError(
                f"{file} holds a {type(generator).__name__}, not a generator: "
                "give the generator.keras of a run."
            )
        encoder_file = file.with_name("encoder.keras")
        encoder = None
        if encoder_file.is_file():
            encoder = _load_network(encoder_file)
        dataset_file = file.with_name("dataset.json")
        dataset = {}
        if dataset_file.is_file():
            dataset = json.loads(dataset_file.read_text(encoding="utf-8"))
        classes = Classes.from_json(dataset, generator.num_classes)
        # Files of a paired dataset say so; a lone generator says it itself.
        paired = dataset.get("paired")
        return cls(
            generator, encoder, classes, None if paired is None else not paired
        )

    @property
    def has_latent(self) -> bool:
        """Whether images of one layout can differ (by seed or style)."""
        return self.generator.latent_size is not None

    @property
    def uses_edge_map(self) -> bool:
        """Whether the generator sees boundaries between instances."""
        return bool(self.generator.use_edge_map)

    def read_layout(self, layout: str | os.PathLike | np.ndarray) -> np.ndarray:
        """Reads and checks a layout.

        Args:
            layout: Path of an indexed, grey or RGB image, or integer array
                `(height, width)` of class ids.

        Returns:
            `int32` array `(height, width)` with ids in `[0, num_classes)`.

        Raises:
            ValueError: If it cannot be read or holds other ids.
        """
        self.require_layouts()
        if isinstance(layout, (str, os.PathLike)):
            return self.classes.ids(layout).astype("int32")
        label_map = np.asarray(layout)
        if (
            label_map.ndim != 2
            or not label_map.size
            or not np.issubdtype(label_map.dtype, np.integer)
        ):
            raise ValueError(
                "`layout` must be the path of a label image or an integer "
                "array (height, width) of class ids, not empty. Received: "
                "array of shape "
                f"{label_map.shape} and type {label_map.dtype}."
            )
        self.classes.check(label_map, "`layout`")
        return label_map.astype("int32")

    def synthesize(
        self,
        layout: str | os.PathLike | np.ndarray,
        style: str | os.PathLike | np.ndarray | None = None,
        seed: int | None = None,
        count: int = 1,
        instances: str | os.PathLike | np.ndarray | None = None,
        rounding: Rounding = "nearest",
    ) -> np.ndarray:
        """Generates images of a layout.

        A layout whose size the generator cannot make is resized to the
        nearest size that it can (by the nearest rule, ids stay ids), and the
        images are brought back to the size of the layout (bicubic).

        Args:
            layout: Path of a label image, or integer array
                `(height, width)` of class ids.
            style: Path of a photograph or `uint8` array
                `(height, width, 3)`; sets the look, needs the style encoder
                of the run. Without `seed` and with `count=1` its mean code is
                used, else codes are drawn around it. Defaults to `None`.
            seed: int. The same seed gives the same images. Image `i` has the
                seed `seed + i`. Defaults to `None`, a fresh seed.
            count: int. Images to generate; more than one needs a generator
                with a random or style input. Defaults to `1`.
            instances: Path of an image, or integer array `(height, width)`
                of instance ids, for a generator with an edge map. Defaults
                to `None`: the boundaries of the classes.
            rounding: `"nearest"`, or `"truncate"` as the official programs
                export. Defaults to `"nearest"`.

        Returns:
            `uint8` array `(count, height, width, 3)`, RGB, of the size of the
            layout.
        """
        if not isinstance(count, int) or count < 1:
            raise ValueError(
                f"`count` must be a positive integer. Received: count={count}."
            )
        if count > 1 and not self.has_latent:
            raise ValueError(
                f"`count` is {count}, but this generator has no random input: "
                "all images of a layout would be equal. Use count=1, or a "
                "model with noise or a style encoder."
            )
        layout = self.read_layout(layout)
        maps = self._maps(layout, instances)
        drawn = seed is not None or count > 1
        if seed is None:
            seed = int(np.random.default_rng().integers(2**31 - count))
        code = None if style is None else self._encode(style)
        images = [
            self._render(*maps, self._latent(code, seed + i, drawn))
            for i in range(count)
        ]
        return self._pictures(images, layout.shape, rounding)

    def _pictures(self, images, size, rounding):
        """Generated images as 8-bit pictures of the size of their layout."""
        return resize_pictures(to_uint8(np.stack(images), rounding), size)

    def _maps(self, layout, instances):
        """Reads label and edge map at a size the generator can make."""
        label_map = self.read_layout(layout)
        edge_map = self._edge_map(label_map, instances)
        size = self.supported_size(label_map.shape)
        return resize_nearest(label_map, size), edge_map

    def supported_size(self, size: Sequence[int]) -> tuple[int, int]:
        """Finds the size that the generator makes of a layout of some size.

        Args:
            size: `(height, width)`.

        Returns:
            `(height, width)`.
        """
        if self.generator.fixed_size:
            return tuple(self.generator.image_size)
        multiple = self.generator.size_multiple
        return tuple(max(1, round(s / multiple)) * multiple for s in size)

    def _edge_map(self, label_map, instances):
        if not self.uses_edge_map:
            if instances is not None:
                raise ValueError(
                    "`instances` was given, but this generator takes no edge "
                    "map: leave it out."
                )
            return None
        if instances is None:
            instances = label_map
        elif isinstance(instances, (str, os.PathLike)):
            instances = read_instances(str(instances))
        if np.shape(instances) != label_map.shape:
            raise ValueError(
                "`instances` must have the size of the layout, "
                f"{label_map.shape}. Received: shape {np.shape(instances)}."
            )
        size = self.supported_size(label_map.shape)
        instances = resize_nearest(np.asarray(instances), size)
        return edge_map_from_instances(instances)

    def style_code(self, style: str | os.PathLike | np.ndarray) -> np.ndarray:
        """Encodes the look of a photograph.

        Args:
            style: Path of a photograph or `uint8` array
                `(height, width, 3)`.

        Returns:
            `float32` array `(1, style_dim)`, the mean code.

        Raises:
            ValueError: If the run has no style encoder.
        """
        return self._encode(style)[0]

    def encode(self, photographs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Encodes the looks of photographs as distributions of codes.

        Args:
            photographs: `uint8` array `(count, height, width, 3)`.

        Returns:
            Tuple of `float32` arrays `(count, style_dim)`, the means and the
            logarithms of the variances.

        Raises:
            ValueError: If the run has no style encoder.
        """
        self._require_encoder()
        size = self.generator.image_size
        images = resize_pictures(photographs, size).astype("float32")
        with backend.no_gradients():
            codes = self.encoder(images / 127.5 - 1, training=False)
        return tuple(
            keras.ops.convert_to_numpy(code).astype("float32") for code in codes
        )

    def _require_encoder(self):
        if self.encoder is None:
            raise ValueError(
                "`style` needs a style encoder, but the run has none "
                "(encoder.keras): train with one, or leave it out."
            )

    def _encode(self, style):
        self._require_encoder()
        if isinstance(style, (str, os.PathLike)):
            style = read_image(str(style))
        style = np.asarray(style)
        if style.ndim != 3 or style.shape[-1] != 3 or style.dtype != np.uint8:
            raise ValueError(
                "`style` must be the path of a photograph or a uint8 array "
                f"(height, width, 3). Received: shape {style.shape}, type "
                f"{style.dtype}."
            )
        return self.encode(style[None])

    def _latent(self, code, seed, drawn):
        """Returns a latent vector: of a seed, or of an encoded photograph."""
        if not self.has_latent:
            return None
        if code is None:
            return draw_latent(self.generator.latent_size, seed)
        mean, log_variance = code
        if not drawn:
            return mean
        noise = np.random.default_rng(seed).standard_normal(mean.shape)
        return drawn_around(mean, log_variance, noise)

    def _render(self, label_map, edge_map, latent):
        if latent is not None:
            latent = keras.ops.convert_to_tensor(latent)
        with backend.no_gradients():
            image = self.generator(
                keras.ops.convert_to_tensor(label_map[None]),
                latent=latent,
                edge_map=None if edge_map is None else edge_map[None],
                training=False,
            )
        return keras.ops.convert_to_numpy(image)[0]


def _load_network(file):
    try:
        return keras.models.load_model(file, compile=False)
    except (ValueError, OSError, TypeError, zipfile.BadZipFile) as error:
        reason = str(error).strip().splitlines()[0]
        raise ValueError(
            f"{file} cannot be read as a network of this package ({reason}): "
            "restore it, or train again with the same arguments to write it "
            "anew."
        ) from error
