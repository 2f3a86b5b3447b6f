"""Turns what a photograph may be stored as into 8-bit sRGB."""

import functools
import io

import numpy as np
from PIL import Image
from PIL import ImageCms

# The orientation that EXIF names -> what turns the picture upright.
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
# Mode -> colour space of the profiles that fit it.
_SPACES = {"RGB": "RGB", "L": "GRAY", "CMYK": "CMYK", "LAB": "Lab"}
# Mode -> the one that says the same without a speciality.
_PLAIN_MODES = {
    "1": "L",
    "La": "LA",
    "PA": "RGBA",
    "RGBX": "RGB",
    "RGBa": "RGBA",
    "YCbCr": "RGB",
}
# Tags of TIFF files.
_PHOTOMETRIC, _PLANAR, _SAMPLE_FORMAT = 262, 284, 339
# Profiles of sRGB differ from each other by rounding.
_SAME_COLOR = 2


class UnclearPixelsError(ValueError):
    """The numbers of a picture do not tell how it looks."""


def upright(image: Image.Image, orientation: int) -> Image.Image:
    """Turns a picture as its file says.

    Args:
        image: `PIL.Image.Image`.
        orientation: int, 1 to 8 as EXIF counts.

    Returns:
        `PIL.Image.Image`.
    """
    turn = _TURNS.get(orientation)
    return image if turn is None else image.transpose(turn)


def is_srgb(image: Image.Image, depth: int) -> bool:
    """Whether every decoder that drops all metadata shows the right colours.

    Args:
        image: `PIL.Image.Image`.
        depth: int. Bits of a value in the file.

    Returns:
        bool.
    """
    return (
        depth == 8
        and image.mode in ("L", "RGB")
        and "transparency" not in image.info
        and _gamma(image) is None
        and _transform(image.info.get("icc_profile"), image.mode) is None
    )


def to_srgb(image: Image.Image, depth: int) -> Image.Image:
    """Converts a photograph to what a browser shows of it on a white page.

    Grey of more than 8 bits is scaled by its range. Colours follow the
    profile of the file, or the gamma of a PNG without one; a profile that is
    broken or of another colour space is left out, which means sRGB. What is
    transparent becomes white, in proportion.

    Args:
        image: `PIL.Image.Image`, loaded and not yet turned.
        depth: int. Bits of a value in the file.

    Returns:
        `PIL.Image.Image` of mode `"RGB"`.

    Raises:
        UnclearPixelsError: If the values are float, signed or 32 bit.
    """
    _check_clear(image, depth)
    image, alpha = _without_alpha(image, depth)
    gamma = _gamma(image)
    transform = _transform(image.info.get("icc_profile"), image.mode)
    if transform is not None:
        image = transform.apply(image)
    elif gamma is not None:
        table = 255 * (np.arange(256) / 255) ** gamma
        table = np.round(table).astype(int).tolist()
        image = image.point(table * len(image.getbands()))
    if image.mode != "RGB":
        image = image.convert("RGB")
    if alpha is None:
        return image
    page = Image.new("RGB", image.size, "white")
    page.paste(image, mask=alpha)
    return page


def _without_alpha(image, depth):
    """Splits a picture into 8-bit colours and opacity, `None` if it is full."""
    key = image.info.get("transparency")
    if image.mode in ("I", "F") or image.mode.startswith("I;"):
        values, top = _grey_range(image, depth)
        grey = (values.astype("uint32") * 255 + top // 2) // top
        grey = Image.fromarray(grey.astype("uint8"))
        grey.info = image.info
        return grey, None if key is None else _opacity(values != key)
    mode = _PLAIN_MODES.get(image.mode, image.mode)
    if mode == "P":
        mode = "RGB" if key is None else "RGBA"
    colors = image if mode == image.mode else image.convert(mode)
    if mode in ("RGBA", "LA"):
        return colors.convert(mode[:-1]), colors.getchannel("A")
    if key is None:
        return colors, None
    values = np.asarray(colors)
    if mode == "L":
        if depth < 8:
            # Pillow spreads small grey depths over 0 to 255.
            key = min(key, 2**depth - 1) * (255 // (2**depth - 1))
        return colors, _opacity(values != key)
    if depth > 8:
        raise UnclearPixelsError(
            "one of its 16-bit colours stands for transparency, which is lost "
            "with 8 bits"
        )
    return colors, _opacity((values != np.array(key)).any(-1))


def _grey_range(image, depth):
    """The values of a grey picture and the one that means white."""
    values = np.asarray(image)
    if image.format in ("PNG", "PPM"):
        return values.astype("uint16"), 65535
    top = 2**depth - 1
    if _tag(image, _PHOTOMETRIC) == 0:
        values = top - values  # "white is zero", which Pillow passes by
    return values, top


def _check_clear(image, depth):
    """Raises if there is no telling how a picture looks."""
    kind = None
    if image.mode == "F":
        kind = "float"
    elif _tag(image, _SAMPLE_FORMAT) == 2:
        kind = "signed"
    elif image.mode == "I" and image.format not in ("PNG", "PPM"):
        kind = "32-bit"
    if kind is not None:
        raise UnclearPixelsError(
            f"it holds {kind} values, which do not tell what is white"
        )
    if image.mode == "RGB" and depth > 8 and _tag(image, _PLANAR) == 2:
        raise UnclearPixelsError(
            "it holds 16-bit colours plane by plane, which Pillow misreads"
        )


def _tag(image, number):
    """A tag of a TIFF, `None` of other files."""
    value = getattr(image, "tag_v2", {}).get(number)
    return value[0] if isinstance(value, tuple) else value


def _opacity(visible):
    return Image.fromarray(visible.astype("uint8") * 255)


def _gamma(image):
    """The exponent that a PNG's gamma asks for, `None` for about 1."""
    stored = image.info.get("gamma", 0)
    if "srgb" in image.info or "icc_profile" in image.info:
        return None
    if not 0.1 < stored < 10:
        return None  # missing or broken
    gamma = 1 / (2.2 * stored)
    return None if 0.9 < gamma < 1.1 else gamma


@functools.lru_cache(maxsize=32)
def _transform(profile, mode):
    """What turns a mode into sRGB, `None` if there is nothing to do."""
    space = _SPACES.get(mode)
    if mode == "LAB":
        source = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    elif profile is None or space is None:
        return None
    try:
        if mode != "LAB":
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space.strip() != space:
            return None
        target = ImageCms.createProfile("sRGB")
        transform = ImageCms.buildTransform(source, target, mode, "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    if mode in ("RGB", "L"):
        # What a profile does counts, not how it is called.
        probe = _probe(mode)
        expected = np.asarray(probe.convert("RGB"), int)
        shown = np.asarray(transform.apply(probe), int)
        if np.abs(shown - expected).max() <= _SAME_COLOR:
            return None
    return transform


def _probe(mode):
    """All greys, or an even selection of all colours."""
    if mode == "L":
        return Image.fromarray(np.arange(256, dtype="uint8")[None])
    axis = np.linspace(0, 255, 18).astype("uint8")
    colors = np.stack(np.meshgrid(axis, axis, axis), -1)
    return Image.fromarray(colors.reshape(1, -1, 3))
