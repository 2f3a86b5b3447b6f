import os

import keras

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.style_encoder import StyleEncoder
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Outputs
from keras_semsynth.gans.batches import as_inputs
from keras_semsynth.gans.scgan import SCGAN
from keras_semsynth.generators.generator import Generator


@keras.saving.register_keras_serializable(
    package="keras_semsynth", name="UnpairedSCGAN"
)
class UnpairedSCGAN(SCGAN):
    """SC-GAN between two sets of images that do not correspond.

    A source image A is repainted in the style of a reference image B: the
    semantic vector generator reads B and regresses it, the render generator
    starts from A (or from a style code of A), and the discriminator, which
    sees images only, takes B for real. There are no labels: B stands where a
    soft label map of 3 channels stands in the paired model.

    | generator term | weight |
    | --- | --- |
    | `adversarial` (hinge) | 1 |
    | `feature_matching` (to B) | 10 |
    | `semantic_vector` (regression of B) | 2 |
    | `perceptual` (to A, if `perceptual` is given) | 10 |
    | `kl` (if `encoder` is given) | 0.05 |

    Args:
        generator: `generators.SCGANGenerator` with `num_classes=3`, and
            `start="image"` or, for an encoder, `style_dim`.
        discriminator: `discriminators.ImagePatchDiscriminator`, or another
            that has `"scores"` and `"features"` and reads images only.
        encoder: `encoders.StyleEncoder` or `None`. Encodes the style of the
            source images. Defaults to `None`.
        **kwargs: Arguments of `SCGAN`.

    Call arguments:
        inputs: dict of `"label_map"`, the reference B, and `"source"`, the
            source A: float tensors `(batch, height, width, 3)` in `[-1, 1]`.

    `fit` and `evaluate` take `(inputs, image)` with `image` the reference.

    Returns:
        Image `(batch, height, width, 3)` in `[-1, 1]`, not in half precision.

    Raises:
        ValueError: If the networks do not fit together.

    Example:

    >>> gan = keras_semsynth.gans.UnpairedSCGAN(
    ...     keras_semsynth.generators.SCGANGenerator(
    ...         3, (64, 64), 8, start="image"),
    ...     keras_semsynth.discriminators.ImagePatchDiscriminator())
    >>> gan.compile()

    Reference:
        - [SC-GAN, ICCV 2021](https://arxiv.org/abs/2109.07053), appendix
          B.2.
          No official code of it runs; terms and weights are those of the
          paired model.
    """

    input_names = ("label_map", "source")

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator,
        encoder: StyleEncoder | None = None,
        **kwargs,
    ):
        start = getattr(generator, "start", None)
        if start != ("image" if encoder is None else "style"):
            raise ValueError(
                "Unpaired translation starts from the source image: use "
                '`SCGANGenerator(start="image")` without an encoder, or '
                "`style_dim` with one. Received: "
                f"start={start!r}, encoder={encoder}."
            )
        super().__init__(generator, discriminator, encoder=encoder, **kwargs)

    def encode(
        self, batch: Batch, training: bool = True
    ) -> tuple[Tensor, Tensor]:
        return self.encoder(batch["source"], training=training)

    def generate(
        self, batch: Batch, latent: Tensor | None = None, training: bool = True
    ) -> Outputs:
        network = self.generator if training else self.inference_generator
        return network.generate(
            batch["label_map"],
            latent=latent,
            training=training,
            source=self._start(batch),
        )

    def judge(
        self, batch: Batch, image: Tensor, training: bool = True
    ) -> Outputs:
        return self.discriminator(image, batch["label_map"], training=training)

    def content(self, batch: Batch) -> Tensor:
        """What the perceptual term holds the result against."""
        return batch["source"]

    def call(self, inputs, latent=None, seed=None, training=None):
        batch = as_inputs(inputs, self.input_names)
        if self.encoder is not None and latent is None:
            # The source must be in the result, so its mean is the code.
            latent, _ = self.encoder(batch["source"])
        return self.inference_generator(
            batch["label_map"],
            latent=latent,
            seed=seed,
            source=self._start(batch),
        )

    def export(self, filepath: str | os.PathLike, **kwargs) -> None:
        """Exports the generator to ship, see `Generator.export`.

        Raises:
            ValueError: If there is an encoder, which would be missing.
        """
        if self.encoder is not None:
            raise ValueError(
                "A translation with a style encoder is exported by "
                "`keras_semsynth.export.export_saved_model`, which exports the "
                "encoder too."
            )
        super().export(filepath, **kwargs)

    def _start(self, batch):
        return batch["source"] if self.generator.start == "image" else None
