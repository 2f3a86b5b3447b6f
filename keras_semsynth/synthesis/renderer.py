"""From layouts and looks to pictures."""

import collections
from collections.abc import Iterator
from collections.abc import Sequence

import keras
import numpy as np

from keras_semsynth import backend
from keras_semsynth.files.image_resizing import resize_floats
from keras_semsynth.generators.generator import Generator
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.repainting import Repainting

# Pixels of a batch: eight pictures of 256x256, or one large one.
BATCH_PIXELS = 2**19
LARGEST_BATCH = 16


class Renderer:
    """Makes the pictures of a generator: the only place that calls it for them.

    Layouts of one size are made in batches. A picture does not depend on those
    it is made with, but for the last bits of its floats: a library may add up
    in another order in a batch of another size.

    Args:
        generator: A built `Generator`.
        batch_size: int. Most pictures to make at a time. Defaults to `None`:
            as many as fit half a million pixels, at most 16.
        compile_after: int. Pictures that are worth no compilation of the
            generator, which takes as long as several; `0` compiles at once.
            Defaults to `8`.

    Example:

    >>> renderer = Renderer(generator)
    >>> layout = Layout.fit(generator, ids)
    >>> pictures = renderer.render([layout] * 2, [Look(seed=1), Look(seed=2)])
    """

    def __init__(
        self,
        generator: Generator,
        batch_size: int | None = None,
        compile_after: int = 8,
    ):
        self.generator = generator
        self.inputs = GeneratorInputs.of(generator)
        self.batch_size = batch_size
        self.compile_after = compile_after
        self._compiled = backend.compiled(generator)
        # One layout may then go with many styles: what depends on it alone is
        # computed once for all of them.
        self._is_styled = self.inputs.latent_kind == "style"
        # Channels of its widest features at full size, or rather fewer.
        self._channels = max(3, getattr(generator, "filters", 0) // 2)
        # Kind of inputs -> pictures that were made of it.
        self._drawn = collections.Counter()

    def render(
        self,
        layouts: Sequence[Layout | Repainting],
        looks: Sequence[Look],
    ) -> list[np.ndarray]:
        """Makes a picture of each layout with its look.

        Args:
            layouts: Sequence of `Layout` (or of `Repainting`) of any sizes. One
                may stand there many times.
            looks: Sequence of `Look`, one for each layout.

        Returns:
            List of `float32` arrays `(height, width, 3)` in `[-1, 1]`, in the
            order of `layouts` and of their sizes. See `to_uint8`.

        Raises:
            ValueError: If there are not as many looks as layouts, or the
                generator does not take them.
        """
        pictures = dict(self.stream(layouts, looks))
        return [pictures[i] for i in range(len(pictures))]

    def stream(
        self,
        layouts: Sequence[Layout | Repainting],
        looks: Sequence[Look],
    ) -> Iterator[tuple[int, np.ndarray]]:
        """Yields pictures as they are made, for work that needs not wait.

        Args:
            layouts: As for `render`.
            looks: As for `render`.

        Yields:
            Pairs of a number in `layouts` and its picture.
        """
        if len(layouts) != len(looks):
            raise ValueError(
                "`looks` must be one for each layout. Received: "
                f"{len(looks)} looks for {len(layouts)} layouts."
            )
        times = collections.Counter(map(id, layouts))
        groups = {}
        for i, (layout, look) in enumerate(zip(layouts, looks, strict=True)):
            shapes = [(k, x.shape) for k, x in layout.arguments.items()]
            kind = [*shapes, look.is_map(self.inputs)]
            if self._is_styled and times[id(layout)] > 1:
                kind.append(id(layout))
            groups.setdefault(tuple(kind), []).append(i)
        for numbers in groups.values():
            height, width = layouts[numbers[0]].network_size
            count = min(self._batch_size((height, width)), len(numbers))
            what = f"A batch of {count} pictures of {height}x{width} pixels"
            lower = "the size of the layouts or `batch_size`"
            backend.require_memory(
                4 * height * width * self._channels * count, what, lower
            )
            for start in range(0, len(numbers), count):
                batch = numbers[start : start + count]
                with backend.memory_for(what, f"lower {lower}"):
                    pairs = [(layouts[i], looks[i]) for i in batch]
                    images = self._draw(pairs)
                for i, image in zip(batch, images, strict=True):
                    yield i, resize_floats(image, layouts[i].size)

    def _batch_size(self, size):
        if backend.COMPILES_EVERY_SIZE:
            return 1
        fitting = max(1, BATCH_PIXELS // (size[0] * size[1]))
        return self.batch_size or min(LARGEST_BATCH, fitting)

    def _draw(self, pairs):
        """Calls the generator with layouts and looks of one shape."""
        inputs = [layout.arguments for layout, _ in pairs]
        for one, (_, look) in zip(inputs, pairs, strict=True):
            latent = look.latent(self.inputs, one["label_map"])
            if latent is not None:
                one["latent"] = latent
        is_one = all(layout is pairs[0][0] for layout, _ in pairs)
        tensors = {}
        for name in inputs[0]:
            values = [one[name] for one in inputs]
            if self._is_styled and is_one and name != "latent":
                del values[1:]
            tensors[name] = keras.ops.convert_to_tensor(np.stack(values))
        # Ids and class weights, vectors and maps are compiled apart.
        kind = tuple((name, x.ndim) for name, x in tensors.items())
        self._drawn[kind] += len(pairs)
        enough = self._drawn[kind] > self.compile_after
        if enough or backend.COMPILES_EVERY_SIZE:
            images = self._compiled(**tensors)
        else:
            with backend.no_gradients():
                images = self.generator(**tensors, training=False)
        return keras.ops.convert_to_numpy(images)
