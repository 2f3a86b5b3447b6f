"""The held-out samples of a run, and what its generator makes of them."""

import functools

import numpy as np
from keras import ops

from keras_semsynth.explanations.trained_run import TrainedRun
from keras_semsynth.synthesis.latent_codes import seed_noise


class Samples:
    """Generated images of the samples of a run.

    Args:
        run: `TrainedRun`.
        seed: int. Of the first image; each further one has the next.
    """

    def __init__(self, run: TrainedRun, seed: int):
        self.run = run
        self.generator = run.synthesizer.generator
        size = self.generator.latent_size
        self.latents = [
            None if size is None else seed_noise(size, seed + i)[None]
            for i in range(len(self))
        ]

    def __len__(self) -> int:
        return len(self.run.label_maps)

    @functools.cached_property
    def images(self) -> np.ndarray:
        """The generated images, float `(count, height, width, 3)`."""
        images = []
        for i, latent in enumerate(self.latents):
            image = self.generator(
                ops.convert_to_tensor(self.run.label_maps[i][None]),
                latent=None
                if latent is None
                else ops.convert_to_tensor(latent),
                edge_map=self.edge_map(i, batch=True),
                training=False,
            )
            images.append(ops.convert_to_numpy(image)[0].astype("float32"))
        return np.stack(images)

    def edge_map(self, index: int, batch: bool = False) -> np.ndarray | None:
        """Returns the edge map of a sample if the generator takes one."""
        edge_maps = self.run.edge_maps
        if edge_maps is None or not self.generator.use_edge_map:
            return None
        return edge_maps[index : index + 1] if batch else edge_maps[index]

    def layout(self, index: int) -> np.ndarray:
        """Returns a layout in the colours of its classes."""
        return self.run.synthesizer.classes.colors(self.run.label_maps[index])
