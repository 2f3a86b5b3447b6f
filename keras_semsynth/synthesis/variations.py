"""Images of one layout that differ on purpose."""

import os
from collections.abc import Sequence
from typing import Literal

import numpy as np

from keras_semsynth.data.label_resizing import resize_nearest
from keras_semsynth.files.images import read_image
from keras_semsynth.files.pictures import draw_matrix
from keras_semsynth.synthesis.latent_codes import between
from keras_semsynth.synthesis.latent_codes import replace_in_region

Look = int | str | os.PathLike | np.ndarray
Rounding = Literal["nearest", "truncate"]


class Variations:
    """Guided use of a generator's noise or style: part of `Synthesizer`."""

    def interpolate(
        self,
        layout: str | os.PathLike | np.ndarray,
        start: Look,
        end: Look,
        steps: int = 5,
        instances: str | os.PathLike | np.ndarray | None = None,
        rounding: Rounding = "nearest",
    ) -> np.ndarray:
        """Generates images on the way from one look to another.

        Args:
            layout: As for `synthesize`.
            start: Seed (int), or a photograph as for `style`.
            end: As `start`.
            steps: int of at least 2. Images, both ends included.
                Defaults to `5`.
            instances: As for `synthesize`. Defaults to `None`.
            rounding: As for `synthesize`. Defaults to `"nearest"`.

        Returns:
            `uint8` array `(steps, height, width, 3)`, RGB.

        Raises:
            ValueError: If the generator has no noise or style to vary.
        """
        self._require_latent("Interpolation")
        if not isinstance(steps, int) or steps < 2:
            raise ValueError(
                "`steps` must be an integer of at least 2. "
                f"Received: steps={steps}."
            )
        layout = self.read_layout(layout)
        maps = self._maps(layout, instances)
        ends = [
            self._latent(None, look, True)
            if isinstance(look, int)
            else self._latent(self._encode(look), None, False)
            for look in (start, end)
        ]
        images = [
            self._render(*maps, between(*ends, i / (steps - 1)))
            for i in range(steps)
        ]
        return self._pictures(images, layout.shape, rounding)

    def style_matrix(
        self,
        layouts: Sequence[str | os.PathLike | np.ndarray],
        styles: Sequence[str | os.PathLike | np.ndarray],
        seed: int | None = None,
        rounding: Rounding = "nearest",
    ) -> np.ndarray:
        """Draws layouts in the styles of photographs (SPADE, figure 1).

        Args:
            layouts: Sequence of what `synthesize` takes, one a row.
            styles: Sequence of photographs, paths or `uint8` arrays
                `(height, width, 3)`, one a column.
            seed: int or `None`. Of the style codes drawn around the mean codes
                of the photographs. Defaults to `None`, the mean codes.
            rounding: As for `synthesize`. Defaults to `"nearest"`.

        Returns:
            `uint8` array `(height, width, 3)`, one picture with the layouts at
            the left, the photographs on top, and the images.

        Raises:
            ValueError: If the run has no style encoder.
        """
        styles = [
            read_image(style)
            if isinstance(style, (str, os.PathLike))
            else style
            for style in styles
        ]
        layouts = [self.read_layout(layout) for layout in layouts]
        images = [
            [
                self.synthesize(layout, style, seed, rounding=rounding)[0]
                for style in styles
            ]
            for layout in layouts
        ]
        colors = [self.classes.colors(layout) for layout in layouts]
        return draw_matrix(images, colors, styles, ("layouts", "styles"))

    def resample_region(
        self,
        layout: str | os.PathLike | np.ndarray,
        region: int | str | np.ndarray,
        seed: int = 0,
        count: int = 4,
        instances: str | os.PathLike | np.ndarray | None = None,
        rounding: Rounding = "nearest",
    ) -> np.ndarray:
        """Generates images that differ by the noise of one region.

        Args:
            layout: As for `synthesize`.
            region: Class name or id, or bool array `(height, width)`.
            seed: int. Noise outside the region; inside it image `i` has the
                noise of `seed + i`. Defaults to `0`.
            count: int. Images; the first is `synthesize(layout, seed=seed)`.
                Defaults to `4`.
            instances: As for `synthesize`. Defaults to `None`.
            rounding: As for `synthesize`. Defaults to `"nearest"`.

        Returns:
            `uint8` array `(count, height, width, 3)`, RGB.

        Raises:
            ValueError: If the generator takes no noise map, or the region is
                empty.
        """
        if self.generator.latent_kind != "noise":
            raise ValueError(
                "Only a generator with a noise map (OASIS, DP-GAN) can redraw "
                f"one region. Received: {type(self.generator).__name__} with "
                f"{self.generator.latent_kind or 'no latent input'}."
            )
        layout = self.read_layout(layout)
        region = self._region(layout, region)
        label_map, edge_map = self._maps(layout, instances)
        region = resize_nearest(region, label_map.shape)
        outside = self._latent(None, seed, True)
        images = []
        for i in range(count):
            inside = self._latent(None, seed + i, True)
            latent = replace_in_region(outside, inside, region)
            images.append(self._render(label_map, edge_map, latent))
        return self._pictures(images, layout.shape, rounding)

    def _region(self, label_map, region):
        if isinstance(region, np.ndarray):
            if region.shape != label_map.shape:
                raise ValueError(
                    f"`region` must have the size of the layout, "
                    f"{label_map.shape}. Received: shape {region.shape}."
                )
            inside = region.astype(bool)
        else:
            inside = label_map == self.class_id(region)
        if not inside.any():
            raise ValueError(
                f"The region {region!r} is empty: the layout shows "
                f"{[self.class_names[i] for i in np.unique(label_map)]}."
            )
        return inside

    def class_id(self, name: int | str) -> int:
        """Returns the id of a class given by name or number."""
        if name in self.class_names:
            return self.class_names.index(name)
        try:
            number = int(name)
        except ValueError:
            number = -1
        if not 0 <= number < self.num_classes:
            raise ValueError(
                f"There is no class {name!r}: give one of "
                f"{', '.join(self.class_names)}, or an id from 0 to "
                f"{self.num_classes - 1}."
            )
        return number

    def _require_latent(self, what):
        if not self.has_latent:
            raise ValueError(
                f"{what} needs a generator with noise or style input; "
                f"{type(self.generator).__name__} has none."
            )
