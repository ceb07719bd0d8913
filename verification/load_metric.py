"""Where the metrics are, and the metrics themselves; `evaluate` is imported only when one is loaded."""

from importlib.resources import files
from typing import TYPE_CHECKING

from synthsmith.verification.errors import InputError

if TYPE_CHECKING:
    from synthsmith.verification.metric import PassAtK

METRICS = ("pass_at_k",)


def metric_path(name: str) -> str:
    """The folder of a metric, for `evaluate.load`."""
    _require_known(name)
    return str(files("synthsmith.verification") / name)


def load_metric(name: str) -> "PassAtK":
    """A metric, ready to `compute`; unlike by `evaluate.load` no code is copied into a cache."""
    _require_known(name)
    from synthsmith.verification.metric import PassAtK  # heavy: only when asked for

    return PassAtK()


def _require_known(name: str) -> None:
    if name not in METRICS:
        raise InputError(f"there is no metric {name!r}; there is {', '.join(METRICS)}.")
