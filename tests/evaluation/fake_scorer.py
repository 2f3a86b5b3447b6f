"""A segmentation scorer that needs no training: grey levels are classes."""

import numpy as np


class GreyScorer:
    """Class `c` of `num_classes` is the grey level nearest `c * step`.

    Its features are the mean colours of the four quarters.
    """

    def __init__(self, class_names=("sky", "sea", "sand")):
        self.class_names = list(class_names)
        self.num_classes = len(class_names)
        self.step = 255 // (self.num_classes - 1)
        self.calls = 0

    def segment(self, images, size=None):
        assert images.dtype == np.uint8, images.dtype
        self.calls += 1
        grey = images.astype("float64").mean(axis=-1)
        return np.rint(grey / self.step).astype("int32")

    def features(self, images):
        self.calls += 1
        images = np.asarray(images, "float64")
        height, width = images.shape[1] // 2, images.shape[2] // 2
        return np.concatenate(
            [
                images[:, y : y + height, x : x + width].mean(axis=(1, 2))
                for y in (0, height)
                for x in (0, width)
            ],
            axis=1,
        )

    def describe(self):
        return {"network": "grey levels"}

    def paint(self, label_map):
        """The image that this scorer reads as a label map."""
        grey = (np.asarray(label_map) * self.step).astype("uint8")
        return np.repeat(grey[..., None], 3, axis=-1)
