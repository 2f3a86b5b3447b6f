from collections.abc import Mapping
from typing import Any
from typing import Self

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.style_encoder import StyleEncoder
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Outputs
from keras_semsynth.gans.batches import Terms
from keras_semsynth.gans.batches import as_inputs
from keras_semsynth.gans.batches import halves
from keras_semsynth.gans.batches import twice
from keras_semsynth.gans.moving_average import STATISTICS
from keras_semsynth.gans.moving_average import check_decay
from keras_semsynth.gans.moving_average import new_average
from keras_semsynth.gans.moving_average import start_average
from keras_semsynth.gans.moving_average import update_average
from keras_semsynth.gans.network_checks import check_networks
from keras_semsynth.gans.network_checks import check_semantic_vector
from keras_semsynth.gans.two_player_step import TwoPlayerStep
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.losses import PerceptualLoss
from keras_semsynth.losses import kl_divergence
from keras_semsynth.losses import reparameterize
from keras_semsynth.losses import semantic_vector_loss

_NO_OBJECTIVE = (
    "{} has no objective: override `generator_terms` and `discriminator_terms`."
)


class SemanticGAN(TwoPlayerStep):
    """A generator and a discriminator, trained in turn on label maps.

    One training step on a batch: the generator (with its encoder) is updated
    against the discriminator, then the discriminator against the updated
    generator's new images. A subclass says what the losses are:

    - `needs`: which outputs of the discriminator it reads; `None`: it has none;
    - `generator_weights`, `discriminator_weights`: dicts, name of a term ->
      weight, fixed at construction;
    - `generator_terms(batch, training)`: returns `(terms, fake)`;
    - `discriminator_terms(batch, fake, training)`: returns `terms`.

    `terms` maps the same names to unweighted scalars. Everything else is here:
    the terms that need no discriminator (below), logging, EMA, optimizers,
    saving, the three backends, distribution.

    | generator term | present with | weight |
    | --- | --- | --- |
    | `kl` | `encoder` | `kl_weight` |
    | `semantic_vector` | `semantic_vector_weight` | the same |
    | `perceptual` | `perceptual` | `perceptual_weight` |

    Args:
        generator: `generators.Generator`, which is trained.
        discriminator: `discriminators.Discriminator`; `None` if `needs` is.
        generator_weights: Mapping of str to float. Weights of the generator's
            terms by name, without those of the table.
        discriminator_weights: Mapping of str to float. Weights of the
            discriminator's terms by name.
        encoder: `encoders.StyleEncoder` or `None`. Trained with the generator;
            without, a style code is drawn like noise. Defaults to `None`.
        kl_weight: float. Weight of the KL term of the style codes. Defaults to
            `0.05`.
        kl_divisor: int >= 1. The KL term is summed over the global batch and
            divided by this, on any number of replicas. The papers averaged
            sums of each device: SPADE had 8 devices, CC-FPSE 16.
            Defaults to `8`.
        semantic_vector_weight: float. Weight of the regression of the image
            from semantic vectors, for generators that draw a second image from
            them (`SCGANGenerator`). Defaults to `0.0`.
        semantic_vector_loss: str, `"l1"`, `"l2"` or `"perceptual"`. Distance
            in that term. Defaults to `"l1"`.
        perceptual: `losses.PerceptualLoss` or `None`. The perceptual term;
            without, there is none. Defaults to `None`.
        perceptual_weight: float. Weight of the perceptual term. Defaults to
            `10.0`.
        ema_decay: float in `(0, 1)` or `None`. Decay of the moving average of
            the generator's weights, which then is what `call`, `predict` and
            `evaluate` use. Defaults to `None`: no average.
        ema_statistics: str, `"copy"` or `"average"`. Whether statistics and
            spectral vectors of the average are those of the generator, or
            averages too. Defaults to `"copy"`.
        discriminator_steps: int `k` >= 1. Each training batch holds `k`
            mini-batches: one generator step on the first, one discriminator
            step on each. Defaults to `1`.
        reuse_fake: bool. Whether the discriminator step takes the images of
            the generator step: faster, but not as published. Defaults to
            `False`.
        **kwargs: Base model arguments such as `name` and `dtype`.

    Call arguments:
        inputs: Integer tensor `(batch, height, width)`, or a dict with
            `"label_map"` and, if the generator reads one, `"edge_map"`
            `(batch, height, width, 1)`.
        latent, seed: As for the generator.

    `fit` and `evaluate` take `(inputs, image)` with `image` a float tensor
    `(batch, height, width, 3)` in `[-1, 1]`.

    Returns:
        Image `(batch, height, width, 3)` in `[-1, 1]`, not in half precision.

    Raises:
        ValueError: If an argument is out of range, or the networks do not fit
            together.
        FloatingPointError: Out of `fit`, if a loss term is NaN or infinite.

    Reference:
        - [GAN, NeurIPS 2014](https://arxiv.org/abs/1406.2661)
    """

    needs: tuple[str, ...] | None = ()
    input_names = ("label_map", "edge_map")

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator | None,
        generator_weights: Mapping[str, float],
        discriminator_weights: Mapping[str, float],
        encoder: StyleEncoder | None = None,
        kl_weight: float = 0.05,
        kl_divisor: int = 8,
        semantic_vector_weight: float = 0.0,
        semantic_vector_loss: str = "l1",
        perceptual: PerceptualLoss | None = None,
        perceptual_weight: float = 10.0,
        ema_decay: float | None = None,
        ema_statistics: str = "copy",
        discriminator_steps: int = 1,
        reuse_fake: bool = False,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_decay(ema_decay)
        check_at_least(
            1,
            discriminator_steps=discriminator_steps,
            kl_divisor=kl_divisor,
        )
        check_choice(STATISTICS, ema_statistics=ema_statistics)
        check_networks(self, generator, discriminator, encoder)
        check_semantic_vector(
            generator, semantic_vector_weight, semantic_vector_loss, perceptual
        )
        self.generator = generator
        self.discriminator = discriminator
        self.encoder = encoder
        self.kl_weight = kl_weight
        self.kl_divisor = kl_divisor
        self.semantic_vector_weight = semantic_vector_weight
        self.semantic_vector_loss = semantic_vector_loss
        self.perceptual = perceptual
        self.perceptual_weight = perceptual_weight
        self.ema_decay = ema_decay
        self.ema_statistics = ema_statistics
        self.discriminator_steps = discriminator_steps
        self.reuse_fake = reuse_fake
        self.generator_weights = {
            **generator_weights,
            **self._image_weights(),
        }
        self.discriminator_weights = dict(discriminator_weights)
        self.seed_generator = keras.random.SeedGenerator()
        self.ema_generator = None
        if ema_decay is not None:
            self.ema_generator = new_average(generator)
        self.track_terms()

    @property
    def inference_generator(self) -> Generator:
        """The generator to use and to ship: the averaged one if there is."""
        return self.ema_generator or self.generator

    def generator_terms(
        self, batch: Batch, training: bool = True
    ) -> tuple[Terms, Tensor]:
        """Returns `(terms, fake)`: unweighted scalars by name, and images.

        Args:
            batch: dict of `label_map`, `image` and `edge_map` (or `None`).
            training: bool.
        """
        raise TypeError(_NO_OBJECTIVE.format(type(self).__name__))

    def discriminator_terms(
        self, batch: Batch, fake: Tensor, training: bool = True
    ) -> Terms:
        """Returns unweighted scalars by name; `fake` is a constant."""
        raise TypeError(_NO_OBJECTIVE.format(type(self).__name__))

    def synthesize(self, batch: Batch, training: bool = True) -> Outputs:
        """Generates images for a batch, for either step.

        Returns:
            dict of `image`, whatever else the generator's `generate` returns,
            and, with an encoder, `mean` and `log_variance` of the style code.
        """
        if self.encoder is None:
            return self.generate(batch, self._noise(batch), training)
        mean, log_variance = self.encode(batch, training)
        noise = self.draw_noise(ops.shape(mean))
        latent = reparameterize(mean, log_variance, noise)
        outputs = self.generate(batch, latent, training)
        return {**outputs, "mean": mean, "log_variance": log_variance}

    def encode(
        self, batch: Batch, training: bool = True
    ) -> tuple[Tensor, Tensor]:
        """Returns mean and logarithm of the variance of the style codes."""
        return self.encoder(batch["image"], training=training)

    def generate(
        self, batch: Batch, latent: Tensor | None = None, training: bool = True
    ) -> Outputs:
        """Runs the generator in training, at inference its average if any."""
        network = self.generator if training else self.inference_generator
        return network.generate(
            batch["label_map"],
            latent=latent,
            edge_map=batch["edge_map"],
            training=training,
        )

    def image_terms(self, batch: Batch, outputs: Outputs) -> Terms:
        """Returns the terms that need no discriminator, by name.

        Args:
            batch: dict, as for `generator_terms`.
            outputs: dict, as `synthesize` returned it.
        """
        real, terms = batch["image"], {}
        if self.encoder is not None:
            # Replicas are averaged, so that a sum over this one's share of the
            # batch counts as the global sum / replicas.
            kl = kl_divergence(outputs["mean"], outputs["log_variance"])
            terms["kl"] = kl * (backend.num_replicas() / self.kl_divisor)
        if self.semantic_vector_weight:
            image = outputs["semantic_image"]
            if self.semantic_vector_loss == "perceptual":
                terms["semantic_vector"] = self.perceptual(image, real)
            else:
                terms["semantic_vector"] = semantic_vector_loss(
                    image, real, self.semantic_vector_loss
                )
        if self.perceptual is not None:
            content = self.content(batch)
            terms["perceptual"] = self.perceptual(outputs["image"], content)
        return terms

    def content(self, batch: Batch) -> Tensor:
        """Returns what the perceptual term compares the result with."""
        return batch["image"]

    def _image_weights(self):
        weights = {}
        if self.encoder is not None:
            weights["kl"] = self.kl_weight
        if self.semantic_vector_weight:
            weights["semantic_vector"] = self.semantic_vector_weight
        if self.perceptual is not None:
            weights["perceptual"] = self.perceptual_weight
        return weights

    def judge(
        self, batch: Batch, image: Tensor, training: bool = True
    ) -> Outputs:
        """Returns what the discriminator says of images; one pass."""
        return self.discriminator(
            image,
            batch["label_map"],
            edge_map=batch["edge_map"],
            training=training,
        )

    def discriminate(
        self, batch: Batch, fake: Tensor, training: bool = True
    ) -> tuple[dict, dict]:
        """Judges fake and real images in one pass of the discriminator.

        Returns:
            `(fake_outputs, real_outputs)`, each of the structure that the
            discriminator returns.
        """
        outputs = self.judge(
            twice(batch, self.input_names),
            ops.concatenate([fake, ops.cast(batch["image"], fake.dtype)]),
            training,
        )
        return halves(outputs)

    def _noise(self, batch):
        size = self.generator.latent_size
        if size is None:
            return None
        return self.draw_noise((ops.shape(batch["image"])[0], size))

    def draw_noise(self, shape: tuple) -> Tensor:
        """Draws standard normal noise, different on every replica."""
        return backend.normal(shape, self.seed_generator)

    def generator_variables(self) -> list[keras.Variable]:
        """What the generator's optimizer updates."""
        variables = list(self.generator.trainable_variables)
        if self.encoder is not None:
            variables += self.encoder.trainable_variables
        return variables

    def update_average(self) -> None:
        if self.ema_generator is not None:
            update_average(
                self.ema_generator,
                self.generator,
                self.ema_decay,
                self.ema_statistics,
            )

    def build(self, input_shape=None):
        for name in ("generator", "discriminator", "encoder", "perceptual"):
            network = getattr(self, name)
            if network is not None and not network.built:
                network.build()
        if self.ema_generator is not None:
            start_average(self.ema_generator, self.generator)
        self.built = True
        self._build_optimizers()

    def call(self, inputs, latent=None, seed=None, training=None):
        inputs = as_inputs(inputs, self.input_names)
        return self.inference_generator(
            inputs["label_map"],
            latent=latent,
            edge_map=inputs["edge_map"],
            seed=seed,
        )

    def get_config(self):
        serialize = keras.saving.serialize_keras_object
        return {
            **super().get_config(),
            "generator": serialize(self.generator),
            "discriminator": serialize(self.discriminator),
            "encoder": serialize(self.encoder),
            "kl_weight": self.kl_weight,
            "kl_divisor": self.kl_divisor,
            "semantic_vector_weight": self.semantic_vector_weight,
            "semantic_vector_loss": self.semantic_vector_loss,
            "perceptual": serialize(self.perceptual),
            "perceptual_weight": self.perceptual_weight,
            "ema_decay": self.ema_decay,
            "ema_statistics": self.ema_statistics,
            "discriminator_steps": self.discriminator_steps,
            "reuse_fake": self.reuse_fake,
        }

    @classmethod
    def from_config(cls, config, custom_objects=None):
        config = {
            key: keras.saving.deserialize_keras_object(
                value, custom_objects=custom_objects
            )
            if key != "dtype"
            else value
            for key, value in config.items()
        }
        return cls(**config)

    @classmethod
    def from_preset(
        cls, name: str, perceptual_weights: str | None = None, **changes: Any
    ) -> Self:
        """Builds the networks and objective of a paper's experiment.

        Args:
            name: str. A key of `presets.PRESETS`: `"spade_ade20k_256"`...
            perceptual_weights: str or `None`. See `experiments.RunSettings`.
                Defaults to `None`.
            **changes: dicts of arguments that replace the preset's:
                `generator`, `discriminator`, `encoder`, `objective`.

        Returns:
            The GAN, not compiled and not built.

        Raises:
            ValueError: If the preset is unknown or of another model, an
                argument is wrong, or the weights are not there.
        """
        # A door to a room further up, which knows datasets and presets.
        from keras_semsynth.experiments import preset_gan

        return preset_gan(cls, name, perceptual_weights, **changes)
