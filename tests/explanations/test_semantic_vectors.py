import unittest

import numpy as np
from keras import ops

from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.explanations import class_vectors
from keras_semsynth.explanations import cosine_similarity
from keras_semsynth.explanations import sample_vectors
from keras_semsynth.generators import SCGANGenerator
from tests.explanations.vis_test_case import stripes


class SemanticVectorsTest(unittest.TestCase):
    def test_means_are_over_the_pixels_of_each_class(self):
        generator = SCGANGenerator(
            4, (64, 64), filters=2, start_filters=2, vector_filters=2
        )
        generator.build()
        label_maps = np.stack([stripes((64, 64), 3), stripes((64, 64), 2)])
        vectors = class_vectors(generator, label_maps)
        encoded = generator.vector_generator(label_maps, training=False)
        for kind in ("conv", "norm"):
            stages = [
                ops.convert_to_numpy(v) for v in encoded[f"{kind}_vectors"]
            ]
            widths = [stage.shape[-1] for stage in stages]
            self.assertEqual(vectors[kind].shape, (4, sum(widths)))
            # The finest stage, by hand; class 3 does not occur.
            finest = stages[-1]
            ids = np.stack(
                [resize_nearest(m, finest.shape[1:3]) for m in label_maps]
            )
            last = vectors[kind][:, -widths[-1] :]
            for c in range(3):
                np.testing.assert_allclose(
                    last[c], finest[ids == c].mean(0), rtol=1e-4, atol=1e-5
                )
            # Also where cells are larger than the stripes.
            self.assertTrue(np.isfinite(vectors[kind][:3]).all())
            self.assertTrue(np.isnan(vectors[kind][3]).all())
            coarse = stages[0].mean((1, 2))[1]
            two = class_vectors(generator, label_maps[1:])[kind]
            np.testing.assert_allclose(
                two[:2, : widths[0]].mean(0), coarse, rtol=1e-4, atol=1e-5
            )

    def test_a_part_of_the_vectors_is_drawn_with_its_classes(self):
        generator = SCGANGenerator(
            4, (64, 64), filters=2, start_filters=2, vector_filters=2
        )
        generator.build()
        label_maps = np.stack([stripes((64, 64), 3), stripes((64, 64), 2)])
        vectors, classes, total = sample_vectors(generator, label_maps)
        encoded = generator.vector_generator(label_maps, training=False)
        finest = ops.convert_to_numpy(encoded["norm_vectors"][-1])
        self.assertEqual(total, finest[..., 0].size)
        count = 2 * round(0.01 * total / 2)
        self.assertEqual(classes.shape, (count,))
        ids = np.stack(
            [resize_nearest(m, finest.shape[1:3]) for m in label_maps]
        )
        # Each drawn vector is one of its class, in the layout it came from.
        for i, c in enumerate(classes):
            layout = 2 * i // count
            own = finest[layout][ids[layout] == c]
            drawn = vectors["norm"][i, -finest.shape[-1] :]
            self.assertLess(np.abs(own - drawn).max(1).min(), 1e-6)
        for kind in ("conv", "norm"):
            widths = [v.shape[-1] for v in encoded[f"{kind}_vectors"]]
            self.assertEqual(vectors[kind].shape, (count, sum(widths)))
        few = sample_vectors(generator, label_maps, share=1.0, most=10)
        self.assertEqual(len(few[1]), 10)

    def test_cosines_are_those_of_the_angles(self):
        vectors = np.array([[1, 0], [3, 3], [-2, 0], [0, 0], [np.nan, 1]])
        values = cosine_similarity(vectors)
        np.testing.assert_allclose(
            values[:3, :3],
            [
                [1, 0.5**0.5, -1],
                [0.5**0.5, 1, -(0.5**0.5)],
                [-1, -(0.5**0.5), 1],
            ],
        )
        self.assertTrue(np.isnan(values[3:]).all())
        self.assertTrue(np.isnan(values[:, 3:]).all())
