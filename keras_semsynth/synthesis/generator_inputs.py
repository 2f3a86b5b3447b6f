"""What a generator takes."""

import dataclasses
from collections.abc import Sequence

from keras_semsynth.generators.generator import Generator


@dataclasses.dataclass(frozen=True)
class GeneratorInputs:
    """What a generator takes, without its weights.

    Small, so that it can be sent to other processes, which then read and
    check layouts for a generator that they do not have.

    Args:
        num_classes: int. Classes of its layouts.
        image_size: `(height, width)` of the images it was built for.
        size_multiple: int. Heights and widths are multiples of it.
            Defaults to `1`.
        fixed_size: bool. Whether it makes `image_size` alone. Defaults to
            `False`.
        use_edge_map: bool. Whether it sees boundaries between instances.
            Defaults to `False`.
        latent_kind: `"style"`, `"noise"` or `None`. Defaults to `None`.
        latent_size: int, the length of its latent vector, or `None`. Defaults
            to `None`.
        latent_by_region: bool. Whether its noise may differ from region to
            region. Defaults to `False`.
        latent_by_class: bool. Whether each class has a latent vector of its
            own. Defaults to `False`.
    """

    num_classes: int
    image_size: tuple[int, int]
    size_multiple: int = 1
    fixed_size: bool = False
    use_edge_map: bool = False
    latent_kind: str | None = None
    latent_size: int | None = None
    latent_by_region: bool = False
    latent_by_class: bool = False

    @classmethod
    def of(cls, generator: "Generator | GeneratorInputs") -> "GeneratorInputs":
        """Reads off a generator what it takes.

        Args:
            generator: `Generator`, or what was read off one.
        """
        if isinstance(generator, cls):
            return generator
        return cls(
            generator.num_classes,
            tuple(generator.image_size),
            generator.size_multiple,
            bool(generator.fixed_size),
            bool(generator.use_edge_map),
            generator.latent_kind,
            generator.latent_size,
            generator.latent_by_region,
            generator.latent_by_class,
        )

    @property
    def has_latent(self) -> bool:
        """Whether images of one layout can differ (by seed or style)."""
        return self.latent_size is not None

    @property
    def latent_shape(self) -> tuple[int, ...] | None:
        """Shape of what is drawn for one image, or `None`."""
        if self.latent_size is None:
            return None
        classes = (self.num_classes,) if self.latent_by_class else ()
        return (*classes, self.latent_size)

    def supported_size(self, size: Sequence[int]) -> tuple[int, int]:
        """Finds the size that the generator makes of a layout of some size.

        Args:
            size: `(height, width)`.

        Returns:
            `(height, width)`, the nearest that it can make.
        """
        if self.fixed_size:
            return self.image_size
        multiple = self.size_multiple
        return tuple(max(1, round(s / multiple)) * multiple for s in size)
