"""The held-out samples of a run, and what its generator makes of them."""

import functools

import numpy as np

from keras_semsynth.explanations.trained_run import TrainedRun
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.look import Look


class Samples:
    """Generated images of the samples of a run.

    Args:
        run: `TrainedRun`.
        seed: int. Of the first image; each further one has the next.
    """

    def __init__(self, run: TrainedRun, seed: int):
        self.run = run
        self.generator = run.synthesizer.generator
        edge_maps = run.edge_maps
        if edge_maps is None or not self.generator.use_edge_map:
            edge_maps = [None] * len(run.label_maps)
        self.layouts = list(map(Layout, run.label_maps, edge_maps))
        self.looks = [Look(seed + i) for i in range(len(self))]

    def __len__(self) -> int:
        return len(self.layouts)

    @functools.cached_property
    def images(self) -> np.ndarray:
        """The generated images, float `(count, height, width, 3)`."""
        renderer = self.run.synthesizer.renderer
        return np.stack(renderer.render(self.layouts, self.looks))

    def layout(self, index: int) -> np.ndarray:
        """Returns a layout in the colours of its classes."""
        return self.run.synthesizer.classes.colors(self.run.label_maps[index])
