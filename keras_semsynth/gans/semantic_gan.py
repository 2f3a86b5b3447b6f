import os
from collections.abc import Sequence
from typing import Any
from typing import Self

import keras
from keras import ops

from keras_semsynth import backend
from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.discriminators.discriminator import Discriminator
from keras_semsynth.encoders.encoder import Encoder
from keras_semsynth.gans.augmenter import NUMBERS
from keras_semsynth.gans.augmenter import Augmenter
from keras_semsynth.gans.batches import Batch
from keras_semsynth.gans.batches import Outputs
from keras_semsynth.gans.batches import as_inputs
from keras_semsynth.gans.moving_average import STATISTICS
from keras_semsynth.gans.moving_average import check_decay
from keras_semsynth.gans.moving_average import new_average
from keras_semsynth.gans.moving_average import start_average
from keras_semsynth.gans.moving_average import update_average
from keras_semsynth.gans.network_checks import check_augmentation
from keras_semsynth.gans.network_checks import check_encoder
from keras_semsynth.gans.network_checks import check_terms
from keras_semsynth.gans.seen import Seen
from keras_semsynth.gans.seen import look
from keras_semsynth.gans.two_player_model import TwoPlayerModel
from keras_semsynth.generators.generator import Generator
from keras_semsynth.layers.arguments import check_at_least
from keras_semsynth.layers.arguments import check_choice
from keras_semsynth.layers.configured import Configured
from keras_semsynth.layers.image_transformation import ImageTransformation
from keras_semsynth.losses.kl import reparameterize
from keras_semsynth.losses.perceptual import PerceptualLoss
from keras_semsynth.losses.term import Term


@keras.saving.register_keras_serializable(package="keras_semsynth")
class SemanticGAN(Configured, TwoPlayerModel):
    """A generator and a discriminator, trained in turn on label maps.

    One training step on a batch: the generator (with its encoder) is updated
    against the discriminator, then the discriminator against the updated
    generator's new images. What each minimizes is the weighted sum of its
    `terms`. The papers' objectives are tuples of them; any tuple goes with any
    networks that have what it reads.

    Args:
        generator: `generators.Generator`, which is trained.
        discriminator: `discriminators.Discriminator`, or `None` if no term
            reads one. Defaults to `None`.
        encoder: `encoders.Encoder` or `None`. Trained with the generator;
            without, a style code is drawn like noise. Defaults to `None`.
        perceptual: `losses.PerceptualLoss` or `None`. For the perceptual term;
            without, there is none. Defaults to `None`.
        terms: Sequence of `losses.Term`. The objective. Terms of weight 0, and
            those of an encoder or a perceptual loss that is not given, are
            left out. Defaults to `()`.
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
        augmentation: Sequence of str, of `"color"`, `"translation"`,
            `"cutout"`, `"flip"`, or `None`. What is done at random to real
            and generated pictures, and to their layouts, before the
            discriminator reads them. Defaults to `None`: nothing.
        augmentation_probability: float in `[0, 1]`, or `None`. Probability of
            each of these for each picture; with `adaptive_target`, the first.
            Defaults to `None`: 1, and 0 with `adaptive_target`.
        adaptive_target: float in `(-1, 1)`, or `None`. How sure the
            discriminator should be of real pictures: the probability rises
            while it is more, and falls while it is less; 0.6 in ADA. Defaults
            to `None`: the probability stays.
        adaptive_images: int >= 1. Images in which the probability can rise
            from 0 to 1. Defaults to `500000`, as in ADA.
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
        ValueError: If an argument is out of range, or networks and terms do
            not fit together.
        FloatingPointError: Out of `fit`, if a loss term or a variable is NaN
            or infinite.

    Example:

    >>> gan = keras_semsynth.gans.SemanticGAN(
    ...     keras_semsynth.generators.SPADEGenerator(5, (64, 64), 8),
    ...     keras_semsynth.discriminators.FPSEDiscriminator(5),
    ...     terms=(
    ...         *keras_semsynth.losses.adversarial_terms("hinge"),
    ...         keras_semsynth.losses.FeatureMatching(10.0),
    ...     ))
    >>> gan.compile()

    Reference:
        - [GAN, NeurIPS 2014](https://arxiv.org/abs/1406.2661)
    """

    # What `call` takes, and what of it the generator reads besides the first.
    input_names: tuple[str, ...] = ("label_map", "edge_map")
    generator_inputs: tuple[str, ...] = ("edge_map",)
    # Whether an image and its inputs are of one scene.
    paired = True
    # Which entry of a batch the encoder reads.
    style_of = "image"
    # Whether the discriminator judges generated and real images in one pass;
    # each pass is a power iteration.
    judges_together = True

    def __init__(
        self,
        generator: Generator,
        discriminator: Discriminator | None = None,
        encoder: Encoder | None = None,
        perceptual: PerceptualLoss | None = None,
        *,
        terms: Sequence[Term] = (),
        ema_decay: float | None = None,
        ema_statistics: str = "copy",
        discriminator_steps: int = 1,
        reuse_fake: bool = False,
        augmentation: Sequence[str] | None = None,
        augmentation_probability: float | None = None,
        adaptive_target: float | None = None,
        adaptive_images: int = 500_000,
        **kwargs,
    ):
        super().__init__(**kwargs)
        check_decay(ema_decay)
        check_at_least(1, discriminator_steps=discriminator_steps)
        check_choice(STATISTICS, ema_statistics=ema_statistics)
        check_encoder(generator, encoder)
        self.generator = generator
        self.discriminator = discriminator
        self.encoder = encoder
        self.perceptual = perceptual
        self.terms = tuple(
            term
            for term in terms
            if term.weight
            and (
                term.comes_with is None
                or getattr(self, term.comes_with) is not None
            )
        )
        self.augmentation = tuple(augmentation or ()) or None
        self.augmentation_probability = augmentation_probability
        self.adaptive_target = adaptive_target
        self.adaptive_images = adaptive_images
        self.augmenter = None
        if self.augmentation is not None:
            self.augmenter = Augmenter(
                self.augmentation,
                augmentation_probability,
                adaptive_target,
                adaptive_images,
            )
        check_terms(self)
        check_augmentation(self)
        self.ema_decay = ema_decay
        self.ema_statistics = ema_statistics
        self.discriminator_steps = discriminator_steps
        self.reuse_fake = reuse_fake
        self.seed_generator = keras.random.SeedGenerator()
        self.ema_generator = None
        if ema_decay is not None:
            self.ema_generator = new_average(generator)
        self._trackers = self.make_trackers()

    @property
    def inference_generator(self) -> Generator:
        """The generator to use and to ship: the averaged one if there is."""
        return self.ema_generator or self.generator

    def terms_of(self, player: str) -> list[Term]:
        """Returns the terms of `"generator"` or `"discriminator"`."""
        return [term for term in self.terms if term.player == player]

    def see(
        self, batch: Batch, fake: Tensor | None = None, training: bool = True
    ) -> Seen:
        """Returns what terms read in a step; see `losses.Term`.

        Args:
            batch: dict of `image` and the inputs, which may be `None`.
            fake: Images to judge, or `None` to generate them. Defaults to
                `None`.
            training: bool. Defaults to `True`.
        """
        return look(self, batch, fake, training)

    def synthesize(self, batch: Batch, training: bool = True) -> Outputs:
        """Generates images for a batch, for either step.

        Returns:
            dict of `image`, whatever else the generator's `generate` returns,
            and, with an encoder, `mean` and `log_variance` of the style code.
        """
        latent, style = self.draw_latent(batch, training)
        return {**self.generate(batch, latent, training), **style}

    def draw_latent(
        self, batch: Batch, training: bool = True
    ) -> tuple[Tensor | None, Outputs]:
        """Draws what images are made of besides their layouts.

        Returns:
            `(latent, style)`: a draw of the style code, noise, or `None`; and
            a dict of `mean` and `log_variance` if there is an encoder.
        """
        if self.encoder is not None:
            mean, log_variance = self.encoder.encode(
                batch[self.style_of], batch["label_map"], training
            )
            noise = self.draw_noise(ops.shape(mean))
            latent = reparameterize(mean, log_variance, noise)
            return latent, {"mean": mean, "log_variance": log_variance}
        shape = self.generator.latent_shape
        if shape is None:
            return None, {}
        return self.draw_noise((ops.shape(batch["image"])[0], *shape)), {}

    def generate(
        self, batch: Batch, latent: Tensor | None = None, training: bool = True
    ) -> Outputs:
        """Runs the generator in training, at inference its average if any."""
        network = self.generator if training else self.inference_generator
        return network.generate(
            batch["label_map"],
            latent=latent,
            training=training,
            **self.maps(batch),
        )

    def maps(self, batch: Batch) -> dict[str, Tensor | None]:
        """Returns what the generator reads besides the label map, by name."""
        return {name: batch[name] for name in self.generator_inputs}

    def judge(
        self, batch: Batch, image: Tensor, training: bool = True
    ) -> Outputs:
        """Returns what the discriminator says of images; one pass."""
        return self.discriminator(
            image,
            batch["label_map"],
            edge_map=batch.get("edge_map"),
            training=training,
        )

    def draw_noise(self, shape: tuple, shared: bool = False) -> Tensor:
        """Draws standard normal noise.

        Args:
            shape: tuple. Images first, unless `shared`.
            shared: bool. Whether it is the same for all images of the global
                batch. Defaults to `False`.
        """
        return backend.normal(shape, self.seed_generator, shared)

    def draw_transformation(self, image: Tensor) -> ImageTransformation:
        """Draws what happens to the pictures that are judged in a step."""
        batch, *size = ops.shape(image)[:3]
        numbers = backend.uniform((batch, NUMBERS), self.seed_generator)
        return self.augmenter.draw(numbers, size)

    def variables_of(self, player: str) -> list[keras.Variable]:
        """Returns what the optimizer of a player updates."""
        networks = {
            "generator": (self.generator, self.encoder),
            "discriminator": (self.discriminator,),
        }[player]
        return [
            variable
            for network in networks
            if network is not None
            for variable in network.trainable_variables
        ]

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
        if self.augmenter is not None and not self.augmenter.built:
            self.augmenter.build()
        if self.ema_generator is not None:
            start_average(self.ema_generator, self.generator)
        self.built = True
        self._build_optimizers()

    def call(self, inputs, latent=None, seed=None, training=None):
        batch = as_inputs(inputs, self.input_names)
        if latent is None and self._encodes_input:
            # What is given must be in the result, so its mean is the code.
            latent, _ = self.encoder(batch[self.style_of])
        return self.inference_generator(
            batch["label_map"], latent=latent, seed=seed, **self.maps(batch)
        )

    @property
    def _encodes_input(self):
        return self.encoder is not None and self.style_of in self.input_names

    def export(self, filepath: str | os.PathLike, **kwargs) -> None:
        """Exports the generator to ship, see `Generator.export`.

        Raises:
            ValueError: If there is an encoder of an input, which would be
                missing.
        """
        if self._encodes_input:
            raise ValueError(
                "A translation with a style encoder is exported by "
                "`keras_semsynth.export.export_saved_model`, which exports the "
                "encoder too."
            )
        self.inference_generator.export(filepath, **kwargs)

    def get_config(self):
        config = super().get_config()
        if type(self).__init__ is not SemanticGAN.__init__:
            del config["terms"]  # The constructor of a paper makes them.
        return config

    @classmethod
    def from_preset(
        cls, name: str, perceptual: str | None = None, **changes: Any
    ) -> Self:
        """Builds the networks and objective of a paper's experiment.

        Args:
            name: str. A key of `presets.PRESETS`: `"spade_ade20k_256"`...
            perceptual: str or `None`. See `experiments.RunSettings`.
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

        return preset_gan(cls, name, perceptual, **changes)
