"""The ways to a picture give the same one."""

import tempfile
import unittest

import numpy as np

from keras_semsynth import Synthesizer
from keras_semsynth.bulk.requests import Request
from keras_semsynth.bulk.worker import answers
from keras_semsynth.evaluation.samples import Target
from keras_semsynth.evaluation.sources import GeneratorSource
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.page.local_model import LocalModel
from keras_semsynth.synthesis.latent_codes import sample_seed
from keras_semsynth.synthesis.look import Look
from tests import finished_run

SIZES = ((32, 64), (40, 50), (64, 32), (32, 32), (20, 90))
PASS = 5  # The seed of the scored pass, from which those of samples follow.


class OneRendererTest(unittest.TestCase):
    def test_layouts_of_mixed_sizes_give_the_same_pictures(self):
        with tempfile.TemporaryDirectory() as folder:
            finished_run.write_run(folder, noise=True)
            synthesizer = Synthesizer.from_preset(folder)
        layouts = [
            finished_run.layout(SIZES[i % 5], (i % 3, 1, 2)) for i in range(6)
        ]
        seeds = [sample_seed(PASS, i) for i in range(6)]
        expected = [
            synthesizer.synthesize(layout, seed=seed)[0]
            for layout, seed in zip(layouts, seeds, strict=True)
        ]
        page = LocalModel(synthesizer).images(
            layouts, seeds, [None] * 6, [{}] * 6
        )
        bulk = answers(
            [
                Request("", "", synthesizer.layout(layout), Look(seed), "")
                for layout, seed in zip(layouts, seeds, strict=True)
            ],
            synthesizer.renderer,
        )
        source = GeneratorSource(synthesizer)
        for i, layout in enumerate(layouts):
            target = Target("", label_map=layout)
            (scored,) = source.images([target], [i], PASS)
            for other in (page[i], bulk[i].image, to_uint8(scored)):
                # In a batch of another size, rounding may cross between two
                # levels.
                difference = np.abs(other.astype("int") - expected[i])
                self.assertLessEqual(difference.max(), 1)
                self.assertLess(np.mean(difference > 0), 1e-3)
