"""One YAML file for a build, read into Settings; what is wrong is said in a sentence that names the field."""

import difflib
import json
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from synthsmith.builders.settings import NAMELESS, Settings
from synthsmith.verification.errors import InputError


def load_settings(path: Path | None) -> Settings:
    """Return the settings of a YAML file, or the defaults where there is none.

    Raises:
        InputError: the file cannot be read, is not YAML, or holds an unknown or unfit field.
    """
    if path is None:
        return Settings()
    try:
        values = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: the 45th of a month
        raise InputError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    try:
        return TypeAdapter(Settings).validate_python({} if values is None else values)
    except ValidationError as error:
        raise InputError(f"{path}: {_sentence(error.errors()[0])}") from error


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


def _sentence(detail: ErrorDetails) -> str:
    where = ".".join(str(part) for part in detail["loc"] if part != NAMELESS) or "the file"
    if detail["type"] == "value_error":  # of our own words, which name the value
        return f"{where}: {detail['ctx']['error']}"
    if detail["type"] != "unexpected_keyword_argument":
        shown = repr(detail["input"])
        return f"{where}: {detail['msg']}, not {shown if len(shown) <= 80 else shown[:77] + '...'}"
    *path, name = detail["loc"]
    near = difflib.get_close_matches(str(name), _names(path), n=1)
    return f"{where} is not a setting" + (f"; did you mean {near[0]}?" if near else "")


def _names(path: list[int | str]) -> list[str]:
    """Return the valid names at a place in the settings, for a hint."""
    where: Any = Settings
    for part in path:
        if isinstance(part, str):
            hint = get_type_hints(where).get(part)
            where = next((kind for kind in (hint, *get_args(hint)) if is_dataclass(kind)), where)
    return [field.name for field in fields(where)]
