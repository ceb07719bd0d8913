"""SynthSmith: verified competitive-programming training data, Hugging Face-native."""

__version__ = "0.1.0"

from pathlib import Path as _Path

# In a checkout the sub-packages lie beside this folder; installed, they lie inside it (setup.cfg, package_dir).
_root = _Path(__file__).resolve().parent.parent
if (_root / "setup.cfg").is_file() and (_root / "builders").is_dir():
    __path__.append(str(_root))
