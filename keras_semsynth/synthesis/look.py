"""What a picture takes besides its layout."""

import dataclasses

import numpy as np

from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.latent_codes import between
from keras_semsynth.synthesis.latent_codes import drawn_around
from keras_semsynth.synthesis.latent_codes import replace_in_region
from keras_semsynth.synthesis.latent_codes import seed_noise


@dataclasses.dataclass(frozen=True, eq=False)
class Look:
    """What a picture takes besides its layout.

    A generator without random input has one look only.

    Args:
        seed: int. Seed of the noise. Defaults to `None`: the mean look of
            `style`, where nothing is drawn.
        style: `float32` array `(style_dim,)`, the mean code of a photograph.
            Defaults to `None`: the noise alone is the code.
        log_variance: `float32` array `(style_dim,)`. With it, the code is drawn
            around `style` by the noise. Defaults to `None`, `style` itself.
        noise: `float32` array `(latent_size,)`, or, for a generator with noise
            maps, `(height, width, latent_size)`, in the place of what `seed`
            draws. Defaults to `None`.
        toward: `Look` at the end of an interpolation. Defaults to `None`.
        share: float in `[0, 1]`. How much of the way toward it. Defaults to
            `0`.
        inside: `Look` of one region, for a generator with noise maps. Defaults
            to `None`.
        region: bool array `(height, width)`, the region of `inside`. Defaults
            to `None`.

    Example:

    >>> halfway = Look(seed=1, toward=Look(seed=2), share=0.5)
    >>> new_sky = Look(seed=1, inside=Look(seed=2), region=ids == 0)
    """

    seed: int | None = None
    style: np.ndarray | None = None
    log_variance: np.ndarray | None = None
    noise: np.ndarray | None = None
    toward: "Look | None" = None
    share: float = 0.0
    inside: "Look | None" = None
    region: np.ndarray | None = None

    def __post_init__(self):
        if (self.inside is None) != (self.region is None):
            raise ValueError(
                "`inside` is the look of `region`: give both, or neither."
            )

    @property
    def is_map(self) -> bool:
        """Whether its noise differs from pixel to pixel."""
        return (
            self.inside is not None
            or (self.noise is not None and self.noise.ndim == 3)
            or (self.toward is not None and self.toward.is_map)
        )

    @property
    def _varies(self):
        """Whether more than a seed was given."""
        more = (self.style, self.noise, self.toward, self.inside)
        return any(value is not None for value in more)

    def latent(
        self, inputs: GeneratorInputs, size: tuple[int, int]
    ) -> np.ndarray | None:
        """Makes what a generator takes as `latent`.

        Args:
            inputs: `GeneratorInputs`.
            size: `(height, width)` at which the generator draws.

        Returns:
            `float32` array `(latent_size,)`, or `(height, width, latent_size)`
            if `is_map`; `None` for a generator without such an input.

        Raises:
            ValueError: If the generator takes no noise map, or there is
                nothing to make it of.
        """
        if not inputs.has_latent and self._varies:
            raise ValueError(
                "This look needs a generator with noise or style input; this "
                "one has none."
            )
        if not inputs.has_latent:
            return None
        if self.is_map and inputs.latent_kind != "noise":
            raise ValueError(
                "Only a generator with a noise map (OASIS, DP-GAN) can draw a "
                "look that differs from region to region. Received: one with "
                f"{inputs.latent_kind or 'no latent input'}."
            )
        latent = self._code(inputs, size)
        if self.toward is not None:
            end = self.toward.latent(inputs, size)
            latent = between(*_alike(latent, end), self.share)
        if self.inside is not None:
            inside = self.inside.latent(inputs, size)
            region = resize_nearest(np.asarray(self.region, bool), size)
            latent = replace_in_region(latent, inside, region)
        return latent

    def _code(self, inputs, size):
        noise = self.noise
        if noise is None and self.seed is not None:
            noise = seed_noise(inputs.latent_size, self.seed)
        elif noise is not None and noise.ndim == 3:
            noise = resize_nearest(noise, size)
        if self.style is None:
            if noise is None:
                raise ValueError(
                    "A look needs a `seed`, a `style` or `noise` for a "
                    "generator with random input."
                )
            return np.asarray(noise, "float32")
        if self.log_variance is None or noise is None:
            return np.asarray(self.style, "float32")
        return drawn_around(self.style, self.log_variance, noise)


def _alike(*latents):
    """Vectors as maps, if one of them is a map."""
    shape = max((latent.shape for latent in latents), key=len)
    return [np.broadcast_to(latent, shape) for latent in latents]
