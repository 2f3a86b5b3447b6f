"""The rulers of the papers: what has to be fixed before a score means much.

The columns that papers print side by side were not measured alike. Each entry
of `PROTOCOLS` is one ruler, and comes from `PROTOCOL` in a model's presets. The
grades say how well it is known: A seen in released code, B stated by the
authors, C inferred from numbers, D not to be found out, our choice.
"""

import dataclasses
import difflib
from typing import Any

from keras_semsynth.presets import MODELS

# How real images and layouts reach the generated size. No protocol changes it:
# all papers did it so, as far as their grades tell.
RESIZING = {
    "real_resize": "Pillow bicubic",
    "label_resize": "Pillow nearest",
}


@dataclasses.dataclass(frozen=True)
class Protocol:
    """Every choice that changes a score.

    Args:
        name: str.
        fid_inception: `"tf2015"` or `"torchvision"`.
        fid_resize: `"torch"`, `"tf1"` or `"clean"`: how images become
            299x299.
        fid_precision: `"float64"`, or `"float32_oasis"` for the arithmetic of
            OASIS's and DP-GAN's routine, which comes out low.
        quantization: `"truncate"` (8-bit files as the official programs write
            them), `"nearest"`, or `"float"` (never quantised).
        seg_sizes: Short sides of UperNet101's input, in pixels.
        seg_generation: `"older"` or `"current"` checkpoint of UperNet101.
        seg_multi_scale: bool, for DRN-D-105. DeepLabV2 always has three
            scales.
        seg_input_size: `(height, width)` to which images are enlarged for the
            segmentation network, or `None` for the generated size.
        accuracy: `"all"` (ignored pixels are wrong) or `"valid"`: which
            accuracy stands in the paper's Cityscapes column. Both are
            reported.
        inception_score: `"tf"` (10 splits, tf2015 without bias, tf1 resize)
            or `"torch"` (1 split, torchvision, as it comes).
        lpips: `"alex"` or `"vgg"`.
        noise_seed: int, seed of the noise of the first pass.
        style: `"random"` (noise and style codes are drawn), `"own"` (the
            style encoder sees the photograph that an image is scored against)
            or `"unknown"` (of images that another program has made).
        grades: dict, name of a field or of `RESIZING` -> A, B, C or D.
    """

    name: str
    fid_inception: str = "tf2015"
    fid_resize: str = "torch"
    fid_precision: str = "float64"
    quantization: str = "truncate"
    seg_sizes: tuple[int, ...] = (450,)
    seg_generation: str = "older"
    seg_multi_scale: bool = False
    seg_input_size: tuple[int, int] | None = None
    accuracy: str = "all"
    inception_score: str = "tf"
    lpips: str = "alex"
    noise_seed: int = 0
    style: str = "random"
    grades: dict[str, str] = dataclasses.field(default_factory=dict)

    def with_style(self, style: str) -> "Protocol":
        """Returns the protocol for images of some style.

        Args:
            style: str. One of the values of the field.

        Returns:
            `Protocol`. Its name says so if photographs give their own style,
            which makes the task easier.
        """
        name = f"{self.name}, style=own" if style == "own" else self.name
        return dataclasses.replace(self, name=name, style=style)

    def changed(self, **changes: Any) -> "Protocol":
        """Returns the protocol with some choices replaced.

        Its name then says which, so that no changed ruler passes for the
        paper's.

        Args:
            **changes: Fields and their values; `None` leaves a field.

        Returns:
            `Protocol`.
        """
        real = {
            name: value
            for name, value in changes.items()
            if value is not None and value != getattr(self, name)
        }
        if not real:
            return self
        listed = ", ".join(f"{k}={_shown(v)}" for k, v in real.items())
        return dataclasses.replace(
            self, name=f"{self.name} with {listed}", **real
        )

    def as_dict(self) -> dict[str, Any]:
        """Returns the fields, for a report."""
        return dataclasses.asdict(self)


def _shown(value):
    if isinstance(value, (tuple, list)):
        return "x".join(str(v) for v in value)
    return str(value)


def _collect():
    protocols = [
        Protocol(
            "default",
            accuracy="valid",
            seg_sizes=(300, 375, 450, 525, 600),
            seg_generation="current",
        )
    ]
    for model, module in MODELS.items():
        if hasattr(module, "PROTOCOL"):
            protocols.append(Protocol(model, **module.PROTOCOL))
    return {protocol.name: protocol for protocol in protocols}


PROTOCOLS = _collect()


def find_protocol(name: str) -> Protocol:
    """Returns a protocol by its name.

    Args:
        name: str, a key of `PROTOCOLS`.

    Returns:
        `Protocol`.

    Raises:
        ValueError: If there is none of that name.
    """
    if name not in PROTOCOLS:
        near = difflib.get_close_matches(name, PROTOCOLS, n=1)
        hint = f" (did you mean {near[0]}?)" if near else ""
        raise ValueError(
            f"`protocol={name}` is not a choice{hint}; choose one of "
            f"{', '.join(PROTOCOLS)}."
        )
    return PROTOCOLS[name]
