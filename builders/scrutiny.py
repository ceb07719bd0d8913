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

    Each of the build's proxy models (`models.proxies`) gives `proxy_samples` solutions of a verified task,
    which is rejected where the one named by `solvable_by` passes no case.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    mutants: Annotated[int, Ge(0), Le(1024)] = 16
    weak_below: Annotated[float, Ge(0), Le(1)] = 0.6
    minimize: bool = False
    more_inputs: Annotated[int, Ge(0), Le(100)] = 0
    proxy_samples: Annotated[int, Ge(1), Le(1024)] = 4
    solvable_by: str | None = None

    @property
    def suite(self) -> SuiteTerms:
        """The same in the words of verification."""
        return SuiteTerms(self.mutants, self.weak_below, self.minimize)
