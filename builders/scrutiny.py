"""What a build asks of the verification of its tasks beyond labels and a golden solution."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le
from synthsmith.verification.suites import SuiteTerms


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """How far the cases are put to the test (`verification/suites.py`).

    So many `mutants` of the golden solution are run; the suite is weak where it fails less than `weak_below`
    of the wrong candidates and mutants. With `minimize` the `rl` rows leave out redundant cases. Where a
    suite is weak, up to `more_inputs` are asked for once, by a prompt that shows what survives.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    mutants: Annotated[int, Ge(0), Le(1024)] = 24
    weak_below: Annotated[float, Ge(0), Le(1)] = 0.6
    minimize: bool = False
    more_inputs: Annotated[int, Ge(0), Le(100)] = 0

    @property
    def suite(self) -> SuiteTerms:
        """The same in the words of verification."""
        return SuiteTerms(self.mutants, self.weak_below, self.minimize)
