"""Fractal noise that stays the same picture at any resolution."""

import functools

import numpy as np

_TILE = 256


@functools.lru_cache(256)
def _spline(size: int, extent: float, frequency: float):
    """First lattice point and cubic B-spline weights of `size` pixels."""
    position = (np.arange(size) + 0.5) / size * extent * frequency
    cell = np.floor(position).astype(int)
    t = position - cell
    weights = [
        (1 - t) ** 3,
        3 * t**3 - 6 * t**2 + 4,
        -3 * t**3 + 3 * t**2 + 3 * t + 1,
        t**3,
    ]
    return cell, (np.stack(weights) / 6).astype("float32")


def _interpolate(lattice, size, extent, frequency):
    """Smooth values `(size, ...)` between lattice points `(n, ...)`."""
    # Plain sums, not a matrix product: BLAS threads would fight with those
    # that prepare other samples.
    cell, weights = _spline(size, extent, frequency)
    shape = (size,) + (1,) * (lattice.ndim - 1)
    return sum(lattice[cell + k] * weights[k].reshape(shape) for k in range(4))


def lattice_size(extent: float, frequency: float) -> int:
    """Number of lattice points that cover an extent."""
    return int(np.ceil(extent * frequency)) + 4


def fractal_lines(
    random: np.random.Generator,
    width: int,
    extent: float,
    frequency: float,
    octaves: int,
    gain: float = 0.5,
) -> np.ndarray:
    """Draws a fractal curve.

    Args:
        random: NumPy generator.
        width: int. Number of points.
        extent: float. Length in picture heights.
        frequency: float. Cells per picture height of the first octave.
        octaves: int. Every next one has twice the frequency.
        gain: float. Amplitude ratio of octaves. Defaults to `0.5`.

    Returns:
        float32 array `(width,)`, roughly in `[-1, 1]`.
    """
    total, amplitude = np.zeros(width, "float32"), 1.0
    for _ in range(octaves):
        lattice = random.uniform(-1, 1, lattice_size(extent, frequency))
        curve = _interpolate(lattice, width, extent, frequency)
        total += 1.6 * amplitude * curve
        frequency, amplitude = frequency * 2, amplitude * gain
    return total


def fractal_field(
    random: np.random.Generator,
    shape: tuple[int, int],
    extent: float,
    frequency: tuple[float, float],
    octaves: int,
    gain: float = 0.5,
) -> np.ndarray:
    """Draws fractal noise over the picture.

    Args:
        random: NumPy generator.
        shape: `(height, width)` in pixels.
        extent: float. Width in picture heights.
        frequency: `(vertical, horizontal)` cells per picture height.
        octaves: int. Every next one has twice the frequency.
        gain: float. Amplitude ratio of octaves. Defaults to `0.5`.

    Returns:
        float32 array `shape`, roughly in `[-1, 1]`.
    """
    total, amplitude = np.zeros(shape, "float32"), 1.0
    vertical, horizontal = frequency
    for _ in range(octaves):
        size = lattice_size(1.0, vertical), lattice_size(extent, horizontal)
        lattice = random.uniform(-1, 1, size).astype("float32")
        rows = _interpolate(lattice, shape[0], 1.0, vertical)
        field = _interpolate(rows.T, shape[1], extent, horizontal)
        total += 2.2 * amplitude * field.T
        vertical, horizontal = vertical * 2, horizontal * 2
        amplitude *= gain
    return total


@functools.lru_cache(64)
def _tile(exponent: float, seed: int) -> np.ndarray:
    """Periodic noise with a power law spectrum, about in `[-1, 1]`."""
    random = np.random.default_rng(seed)
    spectrum = np.fft.rfft2(random.standard_normal((_TILE, _TILE)))
    y = np.fft.fftfreq(_TILE)[:, None]
    x = np.fft.rfftfreq(_TILE)[None, :]
    radius = np.maximum(np.hypot(y, x), 1 / _TILE)
    spectrum /= radius**exponent
    spectrum[0, 0] = 0
    tile = np.fft.irfft2(spectrum, (_TILE, _TILE))
    tile = np.clip(tile / (2 * tile.std()), -1, 1).astype("float32")
    # The first row and column again at the end: neighbours need no wrapping.
    return np.pad(tile, (0, 1), mode="wrap").ravel()


class Texture:
    """Noise that can be looked up at any coordinates.

    Args:
        random: NumPy generator, draws the offset.
        exponent: float. 0 is grain, 1 fractal, 2 smooth. Defaults to `1.0`.
    """

    def __init__(self, random: np.random.Generator, exponent: float = 1.0):
        self._tile = _tile(exponent, int(exponent * 10))
        self._offset = random.uniform(0, _TILE, 2).astype("float32")

    def __call__(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """Noise at `(u, v)`, where 1 is the finest detail."""
        # Positive coordinates, so that truncation rounds down.
        u = u + (self._offset[0] + 64 * _TILE)
        v = v + (self._offset[1] + 64 * _TILE)
        x, y = u.astype("int32"), v.astype("int32")
        fu, fv = u - x.astype("float32"), v - y.astype("float32")
        index = (y & (_TILE - 1)) * (_TILE + 1) + (x & (_TILE - 1))
        tile = self._tile
        upper, lower = tile.take(index), tile.take(index + (_TILE + 1))
        upper += (tile.take(index + 1) - upper) * fu
        lower += (tile.take(index + (_TILE + 2)) - lower) * fu
        return upper + (lower - upper) * fv
