"""What is asked of the data set that is made of the attempts; none of it changes an attempt."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from annotated_types import Ge

TEST_BYTES = 2_000_000  # about what the Hub's viewer can show of a row


@dataclass(frozen=True, slots=True)
class Assembly:
    """`test_bytes` is how large the tests of one `rl` row may be (`capped.py`); None: as large as they are.

    `real` names folders that `synthsmith verify` has filled: what held of other people's problems becomes the
    config `rl_real`. A path that is not absolute is looked up from where the build is started.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    test_bytes: Annotated[int, Ge(1)] | None = TEST_BYTES
    real: tuple[str, ...] = ()
