"""SynthSmith: verified competitive-programming training data, Hugging Face-native.

    synthsmith.load_metric("pass_at_k")             the pass@k metric over the sandbox
    synthsmith.metric_path("pass_at_k")             its folder, for `evaluate.load`
    synthsmith.load("org/name", "rl", "1.2.0")      the rows of one published version, or none
    synthsmith.load_builder("rl", "build/demo")     the `datasets` builder over a build's folder

The parts are importable by themselves: `synthsmith.verification` (the judge, needs nothing of the rest),
`synthsmith.prompts`, `synthsmith.builders`, `synthsmith.cards`.
"""

from importlib import import_module as _import_module
from pathlib import Path as _Path
from typing import TYPE_CHECKING

__version__ = "0.1.0"

# In a checkout the sub-packages lie beside this folder; installed, inside it (setup.cfg, package_dir).
_root = _Path(__file__).resolve().parent.parent
if (_root / "setup.cfg").is_file() and (_root / "builders").is_dir():
    __path__.append(str(_root))

if TYPE_CHECKING:
    from synthsmith.builders.hf_builders import load_builder
    from synthsmith.cards.release.loading import load
    from synthsmith.verification.metric import load_metric, metric_path

__all__ = ["__version__", "load", "load_builder", "load_metric", "metric_path"]

# Loaded when first asked for: `evaluate` and `datasets` take a second to import.
_HOMES = {
    "load": "synthsmith.cards.release.loading",
    "load_builder": "synthsmith.builders.hf_builders",
    "load_metric": "synthsmith.verification.metric",
    "metric_path": "synthsmith.verification.metric",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_import_module(_HOMES[name]), name)
