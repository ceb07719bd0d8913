"""What a build asks of the verification of its tasks."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge, Le, Lt
from synthsmith.verification.rules import USUAL, Method, Rules, Weights
from synthsmith.verification.suites import SuiteTerms

_SUITE = SuiteTerms()


@dataclass(frozen=True, slots=True)
class Scrutiny:
    """How labels and a golden solution are found, and how far the cases are put to the test.

    The first four are as in `Rules`. So many `mutants` of the golden solution are run; the suite is weak
    where it fails less than `weak_below` of the wrong candidates and mutants. With `minimize` the `rl` rows
    leave out redundant cases. Where a suite is weak, up to `more_inputs` are asked for once, by a prompt that
    shows what survives.

    Each of the build's proxy models (`models.proxies`) gives `proxy_samples` solutions of a verified task,
    which is rejected where the one named by `solvable_by` passes no case.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    method: Method = USUAL.method
    label_precision: Annotated[float, Ge(0), Lt(1)] = USUAL.label_precision
    golden_precision: Annotated[float, Ge(0), Lt(1)] = USUAL.golden_precision
    weights: Weights = USUAL.weights
    mutants: Annotated[int, Ge(0), Le(1024)] = _SUITE.mutants
    weak_below: Annotated[float, Ge(0), Le(1)] = _SUITE.weak_below
    minimize: bool = _SUITE.minimize
    more_inputs: Annotated[int, Ge(0), Le(100)] = 0
    proxy_samples: Annotated[int, Ge(1), Le(1024)] = 4
    solvable_by: str | None = None

    def rules(self, min_decided: int, seed: int) -> Rules:
        """What is asked of the verification of one task."""
        precisions = (self.label_precision, self.golden_precision)
        return Rules(self.method, *precisions, self.weights, min_decided, seed)

    @property
    def suite(self) -> SuiteTerms:
        """The same in the words of verification."""
        return SuiteTerms(self.mutants, self.weak_below, self.minimize)
