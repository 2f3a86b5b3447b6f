import keras

from keras_semsynth.layers.network import Network
from keras_semsynth.scorers.unet_segmenter import UNetSegmenter


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SegmenterFeatures(Network):
    """What a segmentation network sees of an image, level by level.

    For a perceptual loss on images of one's own data. The features tell where
    classes lie, and say little of the colours by which they were found.

    Args:
        segmenter: `UNetSegmenter`. It is frozen.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        image: Float tensor `(batch, height, width, 3)` in `[-1, 1]`.

    Returns:
        List of `segmenter.depth + 1` float tensors, fine to coarse.

    Example:

    >>> segmenter = keras_semsynth.scorers.pretrained_scorer("landscapes")
    >>> network = keras_semsynth.scorers.SegmenterFeatures(segmenter)
    >>> [x.shape[1] for x in network(np.zeros((1, 64, 64, 3), "float32"))]
    [64, 32, 16, 8]
    """

    def __init__(self, segmenter: UNetSegmenter, **kwargs):
        super().__init__(**kwargs)
        self.segmenter = segmenter
        self.segmenter.trainable = False

    def build(self, image_shape=(None, None, None, 3)):
        if not self.segmenter.built:
            self.segmenter.build(image_shape)
        self.built = True

    def call(self, image, training=None):
        return self.segmenter.levels(image)

    def compute_output_shape(self, image_shape):
        batch, height, width, _ = image_shape
        shapes = []
        for filters in self.segmenter.widths:
            shapes.append((batch, height, width, filters))
            height, width = (
                s if s is None else -(-s // 2) for s in (height, width)
            )
        return shapes
