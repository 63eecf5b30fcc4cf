"""Vectors of whole numbers, each written into one long integer: to add and to scale the integer adds and scales every number of the
vector, in a single operation of the interpreter and the same on every machine.

A lane is 64 bits wide. What is kept in one must stay below 2**63; whoever multiplies sees to that by its scales.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from functools import cache
from operator import mul

LANE_BITS = 64
HALF = 1 << LANE_BITS - 1
ONE = 1 << 24
"""What 1 is in a lane of an orthonormal basis."""

FINE, FINER = 1 << 23, 1 << 30
"""What the largest number of a matrix and of a small one that it is multiplied with become: of 2**6 such products one lane holds the
sum, as it does of 2**16 squares of the first."""

NOTHING_NEW = 1e-9
"""The share of a column's square that must be new for it to be a direction of its own."""


@cache
def _halves(count: int) -> int:
    return sum(HALF << LANE_BITS * lane for lane in range(count))


def packed(values: Sequence[int]) -> int:
    """Numbers from -2**63 to below 2**63 as one."""
    raw = struct.pack(f"<{len(values)}Q", *(value + HALF for value in values))
    return int.from_bytes(raw, "little") - _halves(len(values))


def unpacked(vector: int, count: int) -> list[int]:
    raw = (vector + _halves(count)).to_bytes(count * LANE_BITS // 8, "little")
    return [value - HALF for value in struct.unpack(f"<{count}Q", raw)]


def combined(factors: Sequence[int], vectors: Sequence[int]) -> int:
    """The vectors, each as often as its factor says, in sum."""
    return sum(map(mul, factors, vectors))


def orthonormal(rows: Sequence[int], count: int) -> list[int]:
    """The columns of a matrix of packed rows made orthonormal, in lanes where 1 is ONE; one that adds nothing becomes 0.

    By Cholesky's factors of the columns' products. Where they are much alike it takes a second time to be exact (CholeskyQR2,
    Fukaya et al. 2014).
    """
    matrix = [unpacked(row, count) for row in rows]
    most = max((abs(value) for row in matrix for value in row), default=0)
    if not most:
        return [0] * len(rows)
    matrix = [[value * FINE // most for value in row] for row in matrix]
    whole = [packed(row) for row in matrix]
    products = [unpacked(combined(column, whole), count) for column in zip(*matrix, strict=True)]
    inverse = _inverse_factor(products)
    finest = max(abs(value) for row in inverse for value in row)
    mixing = [packed([round(value / finest * FINER) for value in column]) for column in zip(*inverse, strict=True)]
    scale = finest / FINER * ONE
    return [packed([round(value * scale) for value in unpacked(combined(row, mixing), count)]) for row in matrix]


def _inverse_factor(products: Sequence[Sequence[int]]) -> list[list[float]]:
    """The inverse of Cholesky's lower factor; 0 in a row of which nothing is left."""
    size = len(products)
    factor = [[0.0] * size for _ in products]
    inverse = [[0.0] * size for _ in products]
    for row in range(size):
        for column in range(row + 1):
            left = products[row][column] - sum(map(mul, factor[row][:column], factor[column][:column]))
            if column < row:
                factor[row][column] = left / factor[column][column] if factor[column][column] else 0.0
            elif left > NOTHING_NEW * products[row][row] > 0:
                factor[row][row] = math.sqrt(left)
        if own := factor[row][row]:
            inverse[row][row] = 1 / own
            for column in range(row):
                inverse[row][column] = -sum(factor[row][at] * inverse[at][column] for at in range(column, row)) / own
    return inverse
