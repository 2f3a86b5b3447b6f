import unittest

import numpy as np

from keras_semsynth.explanations.scatter import MARGIN
from keras_semsynth.explanations.scatter import SIDE
from keras_semsynth.explanations.scatter import draw_scatter


class ScatterTest(unittest.TestCase):
    def test_points_stand_in_their_places_in_the_colours_of_their_classes(self):
        palette = np.array([[200, 0, 0], [0, 0, 0], [0, 0, 200]], "uint8")
        points = np.array([[-5.0, -1.0], [5.0, 3.0]])
        picture = draw_scatter(
            points, np.array([0, 2]), ("sky", "cloud", "sea"), palette
        )
        height = round((SIDE - 2 * MARGIN) * 0.4)
        top = (SIDE - height) // 2
        self.assertEqual(picture[top, MARGIN].tolist(), [200, 0, 0])
        self.assertEqual(
            picture[top + height, SIDE - MARGIN].tolist(), [0, 0, 200]
        )
        # The legend names the classes that occur.
        swatches = picture[:, SIDE + 8]
        seen = np.unique(swatches.reshape(-1, 3), axis=0).tolist()
        self.assertIn([200, 0, 0], seen)
        self.assertIn([0, 0, 200], seen)
        self.assertNotIn([0, 0, 0], seen)
