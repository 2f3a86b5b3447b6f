from collections.abc import Mapping
from collections.abc import Sequence
from typing import Any
from typing import Self

import keras
from keras import ops

from keras_semsynth.backend.tensor import Tensor
from keras_semsynth.layers.arguments import check_not_negative
from keras_semsynth.layers.configured import constructor_arguments


class Term:
    """One summand of a player's loss: a weight, a formula, and what it reads.

    A subclass has a `formula` and, as class attributes, a `name` (of the log),
    a `player` if it is not the generator, and what it `reads`. The formula is
    given the values of these names, in order:

    | name | value |
    | --- | --- |
    | `label_map`, `edge_map`, `image`... | an entry of the batch |
    | `generated.image`, `generated.semantic_image`... | an output of the generator |
    | `generated.mean`, `generated.log_variance` | the style code, with an encoder |
    | `fake.scores`, `real.features`, `real.logits`... | an output of the discriminator, of generated and of real images |
    | `judged.fake`, `judged.real`, `judged.label_map` | what the discriminator reads: with `augmentation`, the augmented pictures and layouts |
    | `judged.shown` | bool `(batch, height, width)`, false where augmentation shows nothing; `None` for true everywhere |
    | `judge` | a function, images -> outputs of the discriminator for the judged layouts: one more pass |
    | `score_gradients` | a function, images -> gradient of the score of each |
    | `noise` | a function, shape -> standard normal noise |
    | `perceptual` | a function, two batches of images -> perceptual distance |

    Only what is read is computed, once a step.

    Args:
        weight: float. What the term is multiplied by; `0` leaves it out.
            Defaults to `1.0`.
        name: str or `None`. Name in the log. Defaults to `None`: that of the
            class.
        player: str, `"generator"` or `"discriminator"`, or `None`. Whose loss
            it belongs to. Defaults to `None`: as the class says.
        reads: Sequence of str, or `None`. What the formula is given. Defaults
            to `None`: as the class says.
        trains: bool. Whether it trains the player; otherwise its value is
            added as a plain number. Defaults to `True`.

    Raises:
        ValueError: If the weight is negative, NaN or infinite.

    Example:

    >>> class Pixels(keras_semsynth.losses.Term):
    ...     name = "pixels"
    ...     reads = ("generated.image", "image")
    ...
    ...     def formula(self, fake, real):
    ...         return ops.mean(ops.abs(fake - real))
    >>> gan = keras_semsynth.gans.SemanticGAN(
    ...     generator, discriminator,
    ...     terms=(*adversarial_terms("original"), Pixels(100.0)))
    """  # noqa: E501

    name: str = ""
    player: str = "generator"
    reads: tuple[str, ...] = ()
    # A network that a GAN may lack: without it the term is left out.
    comes_with: str | None = None
    # Whether `certainty` says how sure the discriminator is of real pictures.
    tells_certainty: bool = False

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        package = cls.__module__.partition(".")[0]
        keras.saving.register_keras_serializable(package)(cls)

    def __init__(
        self,
        weight: float = 1.0,
        name: str | None = None,
        player: str | None = None,
        reads: Sequence[str] | None = None,
        trains: bool = True,
    ):
        self.name = name or self.name
        # The papers' objectives have an argument of this name.
        check_not_negative(**{f"{self.name}_weight": weight})
        self.weight = weight
        self.player = player or self.player
        self.reads = tuple(reads or self.reads)
        self.trains = trains

    def formula(self, *values: Any) -> Tensor:
        """Returns a scalar without the weight.

        Args:
            *values: What `reads` names.
        """
        raise NotImplementedError(f"{type(self).__name__} has no formula.")

    def certainty(self, *values: Any) -> Tensor:
        """Returns how sure the discriminator is that real pictures are real.

        What ADA calls the overfitting heuristic `r_t`: from -1 (it takes all of
        them for generated) to 1 (it knows them all).

        Args:
            *values: What `reads` names.
        """
        raise NotImplementedError(f"{type(self).__name__} has no certainty.")

    def __call__(self, seen: Mapping[str, Any]) -> Tensor:
        """Returns the scalar without its weight, of what is seen in a step.

        Args:
            seen: Mapping of at least the names that the term reads.
        """
        value = self.formula(*(seen[name] for name in self.reads))
        return value if self.trains else ops.stop_gradient(value)

    def get_config(self) -> dict[str, Any]:
        """Returns the arguments of the constructor."""
        return {
            name: getattr(self, name)
            for name in constructor_arguments(type(self))
        }

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Makes a term of its arguments."""
        return cls(**config)
