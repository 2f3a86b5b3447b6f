"""What a picture takes besides its layout."""

import dataclasses
from collections.abc import Mapping

import numpy as np

from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.latent_codes import between
from keras_semsynth.synthesis.latent_codes import drawn_around
from keras_semsynth.synthesis.latent_codes import replace_in_region
from keras_semsynth.synthesis.latent_codes import seed_noise
from keras_semsynth.synthesis.latent_codes import spread
from keras_semsynth.synthesis.layout_reading import likeliest_ids


@dataclasses.dataclass(frozen=True, eq=False)
class Look:
    """What a picture takes besides its layout.

    A generator without random input has one look only. In one whose classes
    have codes of their own (`latent_by_class`), a seed draws a code for each,
    and a style is that of all classes.

    Args:
        seed: int. Seed of the noise. Defaults to `None`: the mean look of
            `style`, where nothing is drawn.
        style: `float32` array `(style_dim,)`, the mean code of a photograph,
            or `(num_classes, style_dim)`, the codes of its classes. Defaults
            to `None`: the noise alone is the code.
        log_variance: `float32` array of that shape. With it, the code is drawn
            around `style` by the noise. Defaults to `None`, `style` itself.
        noise: `float32` array `latent_shape`, or, for a generator with noise
            maps, `(height, width, latent_size)`, in the place of what `seed`
            draws. Defaults to `None`.
        toward: `Look` at the end of an interpolation. Defaults to `None`.
        share: float in `[0, 1]`. How much of the way toward it. Defaults to
            `0`.
        by_class: Mapping, class id -> `Look` of the regions of that class, for
            a generator whose noise may differ by region. Defaults to none.
        inside: `Look` of one region, for such a generator. Defaults to `None`.
        region: bool array `(height, width)`, the region of `inside`. Defaults
            to `None`.

    Example:

    >>> halfway = Look(seed=1, toward=Look(seed=2), share=0.5)
    >>> other_sky = Look(seed=1, by_class={0: Look(seed=2)})
    >>> other_corner = Look(seed=1, inside=Look(seed=2), region=mask)
    """

    seed: int | None = None
    style: np.ndarray | None = None
    log_variance: np.ndarray | None = None
    noise: np.ndarray | None = None
    toward: "Look | None" = None
    share: float = 0.0
    by_class: "Mapping[int, Look]" = dataclasses.field(default_factory=dict)
    inside: "Look | None" = None
    region: np.ndarray | None = None

    def __post_init__(self):
        if (self.inside is None) != (self.region is None):
            raise ValueError(
                "`inside` is the look of `region`: give both, or neither."
            )

    def is_map(self, inputs: GeneratorInputs) -> bool:
        """Whether its noise differs from pixel to pixel.

        Args:
            inputs: `GeneratorInputs`. Where classes have codes of their own,
                looks of classes need no map.
        """
        looks = [*self.by_class.values(), self.toward, self.inside]
        return (
            self.inside is not None
            or (bool(self.by_class) and not inputs.latent_by_class)
            or (self.noise is not None and self.noise.ndim == 3)
            or any(look.is_map(inputs) for look in looks if look is not None)
        )

    @property
    def _varies(self):
        """Whether more than a seed was given."""
        more = (self.style, self.noise, self.toward, self.inside)
        return bool(self.by_class) or any(value is not None for value in more)

    def latent(
        self, inputs: GeneratorInputs, label_map: np.ndarray
    ) -> np.ndarray | None:
        """Makes what a generator takes as `latent`.

        Args:
            inputs: `GeneratorInputs`.
            label_map: Layout at the size at which the generator draws: ids
                `(height, width)`, or class weights `(height, width,
                num_classes)`.

        Returns:
            `float32` array `latent_shape`, or `(height, width, latent_size)`
            if `is_map`; `None` for a generator without such an input.

        Raises:
            ValueError: If the generator does not take it, or there is nothing
                to make it of.
        """
        if not inputs.has_latent and self._varies:
            raise ValueError(
                "This look needs a generator with noise or style input; this "
                "one has none."
            )
        if not inputs.has_latent:
            return None
        differs = self.is_map(inputs) or self.by_class
        if differs and not inputs.latent_by_region:
            raise ValueError(
                "Only a generator whose noise may differ by region (INADE, "
                "OASIS, DP-GAN) can draw a look that does. Received: one with "
                f"one {inputs.latent_kind} for the whole image."
            )
        latent = self._code(inputs, label_map.shape[:2])
        if self.is_map(inputs):
            latent = _as_map(latent, inputs, label_map)
        return self._with_others(latent, inputs, label_map)

    def _with_others(self, latent, inputs, label_map):
        """Mixes in the looks that it goes toward or has somewhere."""

        def of(look):
            other = look.latent(inputs, label_map)
            if self.is_map(inputs):
                return _as_map(other, inputs, label_map)
            return other

        if self.toward is not None:
            latent = between(latent, of(self.toward), self.share)
        for id, look in self.by_class.items():
            if self.is_map(inputs):
                region = likeliest_ids(label_map) == id
                latent = replace_in_region(latent, of(look), region)
            else:
                latent = np.array(latent)
                latent[id] = of(look)[id]
        if self.inside is not None:
            region = np.asarray(self.region, bool)
            region = resize_nearest(region, label_map.shape[:2])
            latent = replace_in_region(latent, of(self.inside), region)
        return latent

    def _code(self, inputs, size):
        noise = self.noise
        if noise is None and self.seed is not None:
            noise = seed_noise(inputs.latent_shape, self.seed)
        elif noise is not None and noise.ndim == 3:
            noise = resize_nearest(noise, size)
        if self.style is None:
            if noise is None:
                raise ValueError(
                    "A look needs a `seed`, a `style` or `noise` for a "
                    "generator with random input."
                )
            code = np.asarray(noise, "float32")
        elif self.log_variance is None or noise is None:
            code = np.asarray(self.style, "float32")
        else:
            code = drawn_around(self.style, self.log_variance, noise)
        if inputs.latent_by_class and code.ndim == 1:
            return np.broadcast_to(code, (inputs.num_classes, len(code)))
        return code


def _as_map(latent, inputs, label_map):
    """A noise map of a code, or of the codes of classes."""
    if latent.ndim == 3:
        return latent
    if inputs.latent_by_class:
        return spread(latent, label_map)
    return np.broadcast_to(latent, (*label_map.shape[:2], len(latent)))
