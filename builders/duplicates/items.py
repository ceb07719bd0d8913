"""What is compared: a statement and the programs that go with it."""

from dataclasses import dataclass

from synthsmith.verification.types import Language

Program = tuple[Language, str]


@dataclass(frozen=True, slots=True)
class Item:
    """One row. Of two that are alike the one with the lower `place` stands; `name` is what it is called.

    The first of `programs` is the one that speaks for the row among others of its data set; all of them are
    compared with a benchmark's. Programs of a benchmark's row are solutions of it.
    """

    place: int
    name: str
    statement: str
    programs: tuple[Program, ...] = ()
