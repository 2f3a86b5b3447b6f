"""The convolutions of Inception v3 as a table.

Names are those of the public PyTorch checkpoints. A branch is a chain of
steps: a `Unit`, one of the pools named below, or a tuple of units that read
the same features and are joined.
"""

from typing import NamedTuple

# Pools. What "average" and "last" are, the two layouts do not agree on.
AVERAGE = "average"
LAST = "last"
HALVING = "halving"


class Unit(NamedTuple):
    """Convolution without bias, batch normalization, ReLU."""

    name: str
    filters: int
    kernel: tuple = (1, 1)  # height, width
    strides: int = 1
    padding: str = "same"  # symmetric: all kernels are odd


class Block(NamedTuple):
    """Branches whose outputs are joined along the channels."""

    prefix: str
    branches: tuple
    # Under which name `InceptionV3.stages` gives the output.
    stage: str | None = None


def _block_5(pool_filters):
    return (
        (Unit("branch1x1", 64),),
        (Unit("branch5x5_1", 48), Unit("branch5x5_2", 64, (5, 5))),
        (
            Unit("branch3x3dbl_1", 64),
            Unit("branch3x3dbl_2", 96, (3, 3)),
            Unit("branch3x3dbl_3", 96, (3, 3)),
        ),
        (AVERAGE, Unit("branch_pool", pool_filters)),
    )


def _block_6(filters):
    return (
        (Unit("branch1x1", 192),),
        (
            Unit("branch7x7_1", filters),
            Unit("branch7x7_2", filters, (1, 7)),
            Unit("branch7x7_3", 192, (7, 1)),
        ),
        (
            Unit("branch7x7dbl_1", filters),
            Unit("branch7x7dbl_2", filters, (7, 1)),
            Unit("branch7x7dbl_3", filters, (1, 7)),
            Unit("branch7x7dbl_4", filters, (7, 1)),
            Unit("branch7x7dbl_5", 192, (1, 7)),
        ),
        (AVERAGE, Unit("branch_pool", 192)),
    )


def _block_7(pool):
    return (
        (Unit("branch1x1", 320),),
        (
            Unit("branch3x3_1", 384),
            (
                Unit("branch3x3_2a", 384, (1, 3)),
                Unit("branch3x3_2b", 384, (3, 1)),
            ),
        ),
        (
            Unit("branch3x3dbl_1", 448),
            Unit("branch3x3dbl_2", 384, (3, 3)),
            (
                Unit("branch3x3dbl_3a", 384, (1, 3)),
                Unit("branch3x3dbl_3b", 384, (3, 1)),
            ),
        ),
        (pool, Unit("branch_pool", 192)),
    )


BLOCKS = (
    Block(
        "",
        (
            (
                Unit("Conv2d_1a_3x3", 32, (3, 3), 2, "valid"),
                Unit("Conv2d_2a_3x3", 32, (3, 3), 1, "valid"),
                Unit("Conv2d_2b_3x3", 64, (3, 3)),
                HALVING,
            ),
        ),
        "block0",
    ),
    Block(
        "",
        (
            (
                Unit("Conv2d_3b_1x1", 80),
                Unit("Conv2d_4a_3x3", 192, (3, 3), 1, "valid"),
                HALVING,
            ),
        ),
        "block1",
    ),
    Block("Mixed_5b.", _block_5(32)),
    Block("Mixed_5c.", _block_5(64)),
    Block("Mixed_5d.", _block_5(64)),
    Block(
        "Mixed_6a.",
        (
            (Unit("branch3x3", 384, (3, 3), 2, "valid"),),
            (
                Unit("branch3x3dbl_1", 64),
                Unit("branch3x3dbl_2", 96, (3, 3)),
                Unit("branch3x3dbl_3", 96, (3, 3), 2, "valid"),
            ),
            (HALVING,),
        ),
    ),
    Block("Mixed_6b.", _block_6(128)),
    Block("Mixed_6c.", _block_6(160)),
    Block("Mixed_6d.", _block_6(160)),
    Block("Mixed_6e.", _block_6(192), "block2"),
    Block(
        "Mixed_7a.",
        (
            (
                Unit("branch3x3_1", 192),
                Unit("branch3x3_2", 320, (3, 3), 2, "valid"),
            ),
            (
                Unit("branch7x7x3_1", 192),
                Unit("branch7x7x3_2", 192, (1, 7)),
                Unit("branch7x7x3_3", 192, (7, 1)),
                Unit("branch7x7x3_4", 192, (3, 3), 2, "valid"),
            ),
            (HALVING,),
        ),
    ),
    Block("Mixed_7b.", _block_7(AVERAGE)),
    Block("Mixed_7c.", _block_7(LAST), "block3"),
)
