"""One YAML file for a build, read into Settings, and the settings of a build that there is."""

import json
from pathlib import Path

from pydantic import TypeAdapter

from synthsmith.builders.settings import Settings
from synthsmith.builders.yaml_file import read_yaml
from synthsmith.verification.errors import InputError


def load_settings(path: Path | None) -> Settings:
    """Return the settings of a YAML file, or the defaults where there is none.

    Raises:
        InputError: the file cannot be read, is not YAML, or holds an unknown or unfit field.
    """
    if path is None:
        return Settings()
    return read_yaml(path, Settings)


def load_build(folder: Path) -> Settings | None:
    """Return the settings that the build in this folder was made with, or None where there is no build.

    Raises:
        InputError: its `build.json` cannot be read.
    """
    path = folder / "build.json"
    if not path.is_file():
        return None
    try:
        return TypeAdapter(Settings).validate_python(json.loads(path.read_bytes())["settings"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:  # a ValidationError is one
        raise InputError(f"{path} cannot be read ({type(error).__name__}): give --config instead") from error
