"""Pictures arranged for a person to look at."""

import unittest

import numpy as np

from keras_semsynth.files.pictures import draw_matrix


def plain(color, size=(128, 128)):
    return np.full((*size, 3), color, "uint8")


class DrawMatrixTest(unittest.TestCase):
    def test_every_image_stands_in_the_row_and_column_of_its_makers(self):
        left, top = [plain((200, 0, 0)), plain((100, 0, 0))], [plain((0, 9, 0))]
        top += [plain((0, 99, 0)), plain((0, 199, 0))]
        cells = [[row // 2 + column // 2 for column in top] for row in left]
        table = draw_matrix(cells, left, top, ("layout", "style"))
        middles = [64 + 132 * i + (12 if i else 0) for i in range(4)]
        seen = table[np.ix_(middles[:3], middles)]
        np.testing.assert_array_equal(seen[1:, 0], [p[0, 0] for p in left])
        np.testing.assert_array_equal(seen[0, 1:], [p[0, 0] for p in top])
        expected = [[cell[0, 0] for cell in row] for row in cells]
        np.testing.assert_array_equal(seen[1:, 1:], expected)

    def test_a_picture_of_another_shape_keeps_its_proportions(self):
        wide = plain(0, (100, 300))
        table = draw_matrix(
            [[plain(50)]], [wide], [plain(90, (16, 16))], ("layout", "style")
        )
        dark = (table[144:272, :128] == 0).all(-1)
        rows, columns = dark.any(1).sum(), dark.any(0).sum()
        self.assertEqual((rows, columns), (43, 128))

    def test_small_images_are_enlarged_by_a_whole_factor(self):
        cell = np.zeros((48, 48, 3), "uint8")
        cell[::2] = 255
        table = draw_matrix([[cell]], [cell], [cell], ("layout", "style"))
        self.assertEqual(table.shape, (2 * 148 + 12, 2 * 148 + 12, 3))
        np.testing.assert_array_equal(
            table[-148:-4, -148:-4], cell.repeat(3, 0).repeat(3, 1)
        )
