"""From layouts to pictures, with what a run directory knows."""

import functools
from collections.abc import Mapping
from collections.abc import Sequence

import numpy as np

from keras_semsynth.files.pictures import draw_matrix
from keras_semsynth.files.pictures import to_uint8
from keras_semsynth.synthesis.generator_inputs import GeneratorInputs
from keras_semsynth.synthesis.layout import Layout
from keras_semsynth.synthesis.layout import PictureSize
from keras_semsynth.synthesis.layout_reading import Given
from keras_semsynth.synthesis.layout_reading import are_many
from keras_semsynth.synthesis.layout_reading import find_region
from keras_semsynth.synthesis.layout_reading import likeliest_ids
from keras_semsynth.synthesis.layout_reading import one_each
from keras_semsynth.synthesis.layout_reading import read_layout
from keras_semsynth.synthesis.look import Look
from keras_semsynth.synthesis.looks import looks_between
from keras_semsynth.synthesis.looks import looks_in_region
from keras_semsynth.synthesis.looks import looks_of_seeds
from keras_semsynth.synthesis.photograph_styles import ClassStyle
from keras_semsynth.synthesis.photograph_styles import PhotographStyles
from keras_semsynth.synthesis.photographs import Photograph
from keras_semsynth.synthesis.photographs import read_photographs
from keras_semsynth.synthesis.pictures import Pictures
from keras_semsynth.synthesis.pictures import make_pictures
from keras_semsynth.synthesis.renderer import Renderer
from keras_semsynth.synthesis.repainting import Repainting
from keras_semsynth.synthesis.room import require_pictures
from keras_semsynth.synthesis.trained_model import TrainedModel


class Synthesizer(TrainedModel):
    """Turns layouts into pictures with a trained generator.

    A generator of unpaired translation turns photographs into pictures in the
    style of others instead: see `translate`.

    Class names, palette and the rule of label files travel along in the run
    directory, so that a layout needs nothing else.

    Its arguments are those of `TrainedModel`.

    Example:

    >>> synthesizer = keras_semsynth.Synthesizer.from_preset("landscapes")
    >>> synthesizer.class_names[:3]
    ('sky', 'cloud', 'sun')
    >>> images = synthesizer.synthesize("layout.png", seed=7)
    """

    @functools.cached_property
    def renderer(self) -> Renderer:
        """Makes the pictures."""
        return Renderer(self.generator)

    @property
    def inputs(self) -> GeneratorInputs:
        """What the generator takes."""
        return self.renderer.inputs

    @functools.cached_property
    def styles(self) -> PhotographStyles:
        """Reads the looks of photographs."""
        return PhotographStyles(self.encoder, self.inputs, self.classes)

    @property
    def has_latent(self) -> bool:
        """Whether images of one layout can differ (by seed or style)."""
        return self.inputs.has_latent

    def synthesize(
        self,
        layout: Given | Sequence[Given],
        style: Photograph
        | Sequence[Photograph]
        | Mapping[int | str, ClassStyle]
        | None = None,
        seed: int | None = None,
        count: int = 1,
        instances: Given | Sequence[Given] | None = None,
        rounding: str = "nearest",
        size: PictureSize = "layout",
    ) -> Pictures | list[Pictures]:
        """Generates pictures of a layout, or of many.

        A layout whose size the generator cannot make is resized to the nearest
        that it can (ids stay ids), and the pictures are brought back (bicubic);
        their `notes` say so.

        Args:
            layout: Path of a label image, array of class ids, of colours or of
                class weights, see `read_layout`. A list of such, of any sizes,
                or an array of them with one more axis, for many.
            style: Path of a photograph, `uint8` array `(height, width, 3)`, or
                such a float array in `[-1, 1]`; sets the look, needs the style
                encoder of the run. A list has one for each layout. Without
                `seed` and with `count=1` its mean code is used, else codes are
                drawn around it. Or, for a generator whose noise may differ by
                region, a mapping, class name or id -> where the class takes
                its look from: a seed; with an encoder of regions a photograph,
                all of which is looked at, or a pair `(photograph, label map)`,
                for the regions of the class there. Other classes have that of
                `seed`. Defaults to `None`.
            seed: int. The same seed gives the same pictures. Picture `i` of
                each layout has the seed `seed + i`, whatever layouts it is
                made with. Defaults to `None`, a fresh seed.
            count: int. Pictures of each layout; more than one needs a
                generator with a random or style input. Defaults to `1`.
            instances: Path of an image, or integer array `(height, width)`
                of instance ids, for a generator with an edge map. A list has
                one for each layout. Defaults to `None`: the boundaries of the
                classes.
            rounding: `"nearest"`, or `"truncate"` as the official programs
                export. Defaults to `"nearest"`.
            size: `"layout"`, or `"network"` for pictures of the size that the
                generator makes. Defaults to `"layout"`.

        Returns:
            `Pictures`, a `uint8` array `(count, height, width, 3)`, RGB, with
            `notes`; a list of such arrays, one for each layout, for many.

        Example:

        >>> (picture,) = synthesizer.synthesize("layout.png", seed=7)
        >>> pictures = synthesizer.synthesize(
        ...     "layout.png", style={"sky": "dusk.jpg", "car": 12}, seed=7)
        >>> for pictures in synthesizer.synthesize(layouts, seed=7, count=4):
        ...     print(pictures.shape, *pictures.notes)
        """
        if count > 1 and not self.has_latent:
            raise ValueError(
                f"`count` is {count}, but this generator has no random input: "
                "all images of a layout would be equal. Use count=1, or a "
                "model with noise or a style encoder."
            )
        given = list(layout) if are_many(layout) else [layout]
        maps = instances if are_many(instances) else [instances]
        maps = one_each(list(maps), len(given), "instances")
        layouts = []
        for i, pair in enumerate(zip(given, maps, strict=True)):
            try:
                layouts.append(self.layout(*pair, size))
            except ValueError as error:
                error.add_note(f"It is `layout[{i}]` of {len(given)}.")
                raise
        require_pictures(layouts, count)
        by_class = {}
        if isinstance(style, Mapping):
            style, by_class = None, self.styles.of_classes(style)
        looks = [looks_of_seeds(seed, count, by_class=by_class)]
        if style is not None:
            looks = [looks_of_seeds(seed, count, x) for x in self.encode(style)]
        looks = one_each(looks, len(layouts), "style")
        pictures = make_pictures(self.renderer, layouts, looks, rounding)
        return pictures if are_many(layout) else pictures[0]

    def interpolate(
        self,
        layout: Given,
        start: int | Photograph,
        end: int | Photograph,
        steps: int = 5,
        instances: Given | None = None,
        rounding: str = "nearest",
    ) -> Pictures:
        """Generates pictures on the way from one look to another.

        Args:
            layout: One, as for `synthesize`.
            start: Seed (int), or a photograph as for `style`.
            end: As `start`.
            steps: int of at least 2. Pictures, both ends included.
                Defaults to `5`.
            instances, rounding: As for `synthesize`.

        Returns:
            `Pictures`, a `uint8` array `(steps, height, width, 3)`, RGB.
        """
        first, last = (
            Look(look)
            if isinstance(look, int)
            else Look(None, *self.encode(look)[0])
            for look in (start, end)
        )
        layout = self.layout(layout, instances)
        require_pictures([layout], steps, "`steps`")
        looks = looks_between(first, last, steps)
        return make_pictures(self.renderer, [layout], [looks], rounding)[0]

    def style_matrix(
        self,
        layouts: Sequence[Given],
        styles: Sequence[Photograph],
        seed: int | None = None,
        rounding: str = "nearest",
    ) -> np.ndarray:
        """Draws layouts in the styles of photographs (SPADE, figure 1).

        Args:
            layouts: As for `synthesize`, many, one a row.
            styles: As for `synthesize`, many, one a column.
            seed: int or `None`. Of the style codes drawn around the mean codes
                of the photographs. Defaults to `None`, the mean codes.
            rounding: As for `synthesize`.

        Returns:
            `uint8` array `(height, width, 3)`, one picture with the layouts at
            the left, the photographs on top, and the images.
        """
        looks = [Look(seed, *code) for code in self.encode(styles)]
        layouts = [read_layout(layout, self.classes) for layout in layouts]
        rows = make_pictures(
            self.renderer,
            [self.layout(layout) for layout in layouts],
            [looks] * len(layouts),
            rounding,
        )
        left = [self.classes.colors(likeliest_ids(x)) for x in layouts]
        top = read_photographs(styles, "styles")
        return draw_matrix(rows, left, top, ("layouts", "styles"))

    def resample_region(
        self,
        layout: Given,
        region: int | str | np.ndarray,
        seed: int = 0,
        count: int = 4,
        instances: Given | None = None,
        rounding: str = "nearest",
    ) -> Pictures:
        """Generates pictures that differ by the noise of one region.

        Args:
            layout: One, as for `synthesize`.
            region: Class name or id, or bool array `(height, width)`.
            seed: int. Noise outside the region; inside it picture `i` has the
                noise of `seed + i`. Defaults to `0`.
            count: int. Pictures; the first is `synthesize(layout, seed=seed)`.
                Defaults to `4`.
            instances, rounding: As for `synthesize`.

        Returns:
            `Pictures`, a `uint8` array `(count, height, width, 3)`, RGB.
        """
        layout = read_layout(layout, self.classes)
        region = find_region(region, likeliest_ids(layout), self.classes)
        layout = self.layout(layout, instances)
        require_pictures([layout], count)
        looks = looks_in_region(region, seed, count)
        return make_pictures(self.renderer, [layout], [looks], rounding)[0]

    def translate(
        self,
        source: Photograph | Sequence[Photograph],
        reference: Photograph | Sequence[Photograph],
        seed: int | None = None,
        rounding: str = "nearest",
    ) -> np.ndarray | list[np.ndarray]:
        """Repaints photographs in the style of others.

        Both are resized to the size of the training images (bicubic), and the
        results are brought back to the sizes of their sources.

        Args:
            source: Photograph as for `style`, array of photographs of one
                size, or list of photographs of any sizes.
            reference: The photograph whose style all results get, or as many
                as there are sources, one for each.
            seed: int. With a style encoder, draws the code of each source
                around its mean; source `i` has the seed `seed + i`. Defaults
                to `None`: the mean code.
            rounding: `"nearest"`, or `"truncate"` as the official programs
                export. Defaults to `"nearest"`.

        Returns:
            `uint8` array `(height, width, 3)` for one source, an array
            `(count, height, width, 3)` for an array of them, and a list of
            arrays for a list. Each has the size of its source.

        Example:

        >>> synthesizer = keras_semsynth.Synthesizer.from_preset("runs/dusk")
        >>> pictures = synthesizer.translate(["a.jpg", "b.jpg"], "dusk.jpg")
        """
        self.require_translation()
        sources = read_photographs(source, "source")
        references = read_photographs(reference, "reference")
        references = one_each(references, len(sources), "reference", "source")
        codes = self.encode(sources) if self.encoder else [()] * len(sources)
        looks = [
            Look(None if seed is None else seed + i, *code)
            for i, code in enumerate(codes)
        ]
        fitted = [
            Repainting.fit(self.inputs, *pair)
            for pair in zip(sources, references, strict=True)
        ]
        images = self.renderer.render(fitted, looks)
        pictures = [to_uint8(image, rounding) for image in images]
        if isinstance(source, (list, tuple)):
            return pictures
        return np.stack(pictures) if np.ndim(source) == 4 else pictures[0]

    def layout(
        self,
        layout: Given,
        instances: Given | None = None,
        size: PictureSize = "layout",
    ) -> Layout:
        """Fits a layout to the generator, for `renderer`.

        Args:
            layout, instances, size: As for `synthesize`, of one layout.
        """
        self.require_layouts()
        return Layout.fit(self.inputs, layout, instances, size, self.classes)

    def encode(
        self,
        photographs: Photograph | Sequence[Photograph],
        label_maps: Sequence[Given] | None = None,
    ) -> list[tuple[np.ndarray, np.ndarray]]:
        """Encodes the looks of photographs as distributions of codes.

        Args:
            photographs: One or many, as for `style` of `synthesize`.
            label_maps: List of layouts, one for each, for an encoder of
                regions. Defaults to `None`: each photograph is one region.

        Returns:
            List of pairs of `float32` arrays `(style_dim,)`, or `(num_classes,
            style_dim)` by label maps, one a photograph: `style` and
            `log_variance` of a `Look`.
        """
        return self.styles.encode(photographs, label_maps)

    def require_translation(self) -> None:
        """Raises `ValueError` for a model that paints layouts."""
        if not self.translates:
            raise ValueError(
                "This run paints layouts: give it layouts instead of `source` "
                "and `reference`, or use a run of unpaired translation "
                "(objective unpaired_scgan)."
            )

    def require_layouts(self) -> None:
        """Raises `ValueError` for a model of unpaired translation."""
        if self.translates:
            raise ValueError(
                "This run repaints photographs and takes no layouts: give it "
                "photographs as `source` and `reference`."
            )
