"""A YAML file -> a frozen value of ours; what is wrong is said in a sentence that names the field."""

import difflib
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails
from synthsmith.verification.errors import InputError

# Stands in a place such as pairs..limit, where one of two forms of a setting is meant; nobody is shown it.
NAMELESS = ""
_UNKNOWN = "unexpected_keyword_argument"
_Kind = TypeVar("_Kind")


class _Strict(yaml.SafeLoader):  # type: ignore[misc]  # yaml has no types
    """The safe loader, which takes the last of two equal keys; here they are an error, as YAML says."""

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node: yaml.MappingNode = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key in (each for each, _ in node.value if isinstance(each, yaml.ScalarNode)):
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} stands twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return node


def read_yaml(path: Path, kind: type[_Kind], noun: str = "a setting") -> _Kind:
    """The value that the file holds; `noun` is what messages call one of its keys.

    InputError where the file cannot be read, is not YAML, or holds an unknown or unfit field.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), _Strict)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 text (byte {error.start})") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:  # ValueError: the 45th of a month
        told = " ".join(str(error).replace('"<unicode string>", ', "").split())
        raise InputError(f"{path} is not YAML: {told}") from error
    try:
        return TypeAdapter(kind).validate_python({} if values is None else values)
    except ValidationError as error:
        first = min(error.errors(), key=lambda detail: detail["type"] != _UNKNOWN)  # a slip tells most
        raise InputError(f"{path}: {_sentence(first, kind, noun)}") from error


def _sentence(detail: ErrorDetails, kind: type, noun: str) -> str:
    where = ".".join(str(part) for part in detail["loc"] if part != NAMELESS) or "the file"
    if detail["type"] == "value_error":  # of our own words, which name the value
        return f"{where}: {detail['ctx']['error']}"
    if detail["type"] != _UNKNOWN:
        shown = repr(detail["input"])
        return f"{where}: {detail['msg']}, not {shown if len(shown) <= 80 else shown[:77] + '...'}"
    *path, name = detail["loc"]
    near = difflib.get_close_matches(str(name), _names(kind, path), n=1)
    return f"{where} is not {noun}" + (f"; did you mean {near[0]}?" if near else "")


def _names(kind: type, path: list[int | str]) -> list[str]:
    """The valid names at a place in the value, for a hint."""
    where: Any = kind
    for part in path:
        if isinstance(part, str):
            hint = get_type_hints(where).get(part)
            where = next((each for each in (hint, *get_args(hint)) if is_dataclass(each)), where)
    return [field.name for field in fields(where)]
