"""Numbers in outputs: which tokens are numbers, which are close enough, and the cells in which they vote.

"Within 1e-6" is not transitive, so it cannot define the camps of a vote. `cell` cuts the number line into
cells instead; two numbers vote together if and only if they lie in the same one. A cell is CELL_TOLERANCES
tolerances wide, where the tolerance at x is the larger of the absolute one and relative * |x|: the scale is
linear around zero and logarithmic beyond, without a jump between the two.

What this costs: two answers that differ by d tolerances are split with a probability of about
d / CELL_TOLERANCES, and a wrong answer that is off by a few tolerances may vote with a right one. Splits at
the numbers that problems like (0, 0.5, 2**-k, 10**-k) are avoided by moving the cell borders by the golden
ratio, of which no simple fraction comes close.
"""

import math
import re

CELL_TOLERANCES = 10
_BORDER_SHIFT = (5**0.5 - 1) / 2
_NUMBER = re.compile(rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?")


def parse(token: bytes) -> float | None:
    """The finite number that a token spells in decimal, or None.

    Python alone would also take `1_000`, `nan` and `inf`; numbers too large for a double count as text.
    """
    if not _NUMBER.fullmatch(token):
        return None
    number = float(token)
    return number if math.isfinite(number) else None


def close(number: float, expected: float, absolute: float, relative: float) -> bool:
    """Whether `number` is within the absolute or the relative tolerance of the expected one (Kattis)."""
    difference = abs(number - expected)
    return difference <= absolute or difference <= relative * abs(expected)


def cell(number: float, absolute: float, relative: float) -> bytes:
    """The name of the cell that the number lies in; `-0` and `0`, `1.0`, `1` and `1e0` share one."""
    if not absolute:
        return _relative_cell(number, relative)
    position = math.copysign(_tolerances_from_zero(abs(number), absolute, relative), number)
    return _border(position, b"") if math.isfinite(position) else _alone(number)


def _relative_cell(number: float, relative: float) -> bytes:
    """Without an absolute tolerance the scale has no zero: the sign is named apart, and zero is alone."""
    if not relative or not number:
        return _alone(number)
    return _border(math.log(abs(number)) / relative, b"-" if number < 0 else b"+")


def _border(position: float, sign: bytes) -> bytes:
    return b"#%s%d" % (sign, math.floor(position / CELL_TOLERANCES + _BORDER_SHIFT))


def _alone(number: float) -> bytes:
    return repr(number + 0.0).encode()  # adding 0.0 turns -0.0 into 0.0


def _tolerances_from_zero(size: float, absolute: float, relative: float) -> float:
    """How many tolerances lie between 0 and `size`: the integral of 1 / max(absolute, relative * x)."""
    if size * relative <= absolute:
        return size / absolute
    return (1 + math.log(size * relative / absolute)) / relative
