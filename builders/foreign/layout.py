"""A layout: where in other people's rows a problem's parts are, and how they are written there.

It is a YAML file (`layouts/*.yaml` are those that ship with the package, `examples/foreign` shows the same).
A `Value` names a column, or several of which the first that is there is taken, and the steps that lead from
what is in it to what is wanted (`decoding.py`); a bare name is one without steps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated, ClassVar, Literal, TypeAlias

from annotated_types import Ge, MinLen
from pydantic import BeforeValidator
from synthsmith.builders.foreign.decoding import check_step
from synthsmith.builders.yaml_file import read_yaml
from synthsmith.verification.compare import parse_checker
from synthsmith.verification.errors import InputError

LAYOUTS = (
    "taco",
    "codecontests",
    "apps",
    "livecodebench",
    "xcoder-rl",
    "kodcode",
    "humaneval",
    "mbpp",
)
_FORBID: dict[str, str] = {"extra": "forbid"}

Name: TypeAlias = Annotated[str, MinLen(1)]
# Several columns, or one; several values that a column may have, or one.
Names: TypeAlias = Annotated[
    tuple[Name, ...], MinLen(1), BeforeValidator(lambda given: [given] if isinstance(given, str) else given)
]
Form: TypeAlias = Literal["pairs", "assertions", "pytest", "check"]
Unit: TypeAlias = Literal["text", "seconds", "milliseconds", "duration", "megabytes", "bytes"]


def _value(given: object) -> object:
    return {"column": given} if isinstance(given, str | list) else given


@dataclass(frozen=True, slots=True)
class Value:
    """A column and the steps to what is wanted of it."""

    __pydantic_config__: ClassVar[dict[str, str]] = _FORBID

    column: Names
    decode: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for step in self.decode:
            check_step(step)


AnyValue: TypeAlias = Annotated[Value, BeforeValidator(_value)]


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit and its unit: `text` is like "2.5 seconds" or "256 megabytes", `duration` {seconds, nanos}."""

    __pydantic_config__: ClassVar[dict[str, str]] = _FORBID

    column: Names
    unit: Unit = "text"


@dataclass(frozen=True, slots=True)
class Tests:
    """Tests of a problem. `pairs` are {inputs: [...], outputs: [...]} or a list of objects with an input and
    an output each; `assertions` Python assertions, each a test; `pytest` a module, each function a test;
    `check` a function of that name, which is called with the layout's `function`.

    `function` names the function to be called, beside the inputs. Of those with a `when` the first is taken
    whose columns have these values in the row, and no other. `name` begins the tests' names; rows without the
    column are bad unless `optional`. Code in the columns `setup` (a text, or a list of lines) comes before
    each assertion. Who is asked for a program is told of tests that are `shown`.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _FORBID

    column: Names
    decode: tuple[str, ...] = ()
    form: Form = "pairs"
    inputs: Name = "inputs"
    outputs: Name = "outputs"
    function: Name | None = None
    name: str = ""
    when: Mapping[str, Names] = field(default_factory=dict)
    optional: bool = False
    setup: Names | None = None
    shown: bool = False

    def __post_init__(self) -> None:
        for step in self.decode:
            check_step(step)


@dataclass(frozen=True, slots=True)
class Programs:
    """Programs: a text, a list of texts, a list of objects, or lists beside each other in an object.

    `code` and `language` name the parts of objects; `languages` turns their words into `python` and `cpp`,
    and what it does not know is left out. `stated` is what the data say of them; those `wrong` never vote. Of
    more than `most` the first are taken.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _FORBID

    column: Names
    decode: tuple[str, ...] = ()
    code: Name | None = None
    language: Name | None = None
    languages: Mapping[str, Literal["python", "cpp"]] = field(default_factory=dict)
    stated: Literal["golden", "right", "wrong", "unknown"] = "unknown"
    most: Annotated[int, Ge(1)] | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        for step in self.decode:
            check_step(step)


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole layout. `function` is the name of the function to be called, `starter_code` declares it.
    `begun` is code that programs continue.

    `checker` is the one for all rows, as in a row of ours. `licence` and `keep` are carried along. Rows whose
    columns named in `empty` are not empty cannot be taken over.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = _FORBID

    tests: Annotated[tuple[Tests, ...], MinLen(1)]
    id: AnyValue | None = None
    statement: AnyValue | None = None
    programs: tuple[Programs, ...] = ()
    starter_code: AnyValue | None = None
    function: AnyValue | None = None
    begun: AnyValue | None = None
    time_limit: Limit | None = None
    memory_limit: Limit | None = None
    checker: str | Mapping[str, object] = "tokens"
    licence: Names | None = None
    keep: tuple[Name, ...] = ()
    empty: tuple[Name, ...] = ()

    def __post_init__(self) -> None:
        parse_checker(self.checker)  # an InputError is a ValueError as well

    def wanted(self) -> tuple[tuple[Names, bool], ...]:
        """The columns to be read, by what they are for, and whether one of them has to be there."""
        values = [self.id, self.statement, self.starter_code, self.function, self.begun]
        limits = [self.time_limit, self.memory_limit]
        return (
            *((each.column, each in values[:2]) for each in values if each),
            *((each.column, False) for each in limits if each),
            *((each.column, not each.optional and not each.when) for each in self.tests),
            *((each.column, not each.optional) for each in self.programs),
            *(((name,), False) for each in self.tests for name in (*each.when, *(each.setup or ()))),
            *(((name,), False) for name in (*self.keep, *self.empty)),
            *(((self.licence, False),) if self.licence else ()),
        )


def layout_named(name: str) -> Layout:
    """A layout that ships with the package."""
    if name not in LAYOUTS:
        raise InputError(f"layout {name!r} is not known; use one of {', '.join(LAYOUTS)}, or --mapping FILE.")
    with as_file(files("synthsmith.builders.foreign").joinpath(f"layouts/{name}.yaml")) as path:
        return layout_in(path)


def layout_in(path: Path) -> Layout:
    """The layout in a file of one's own."""
    return read_yaml(path, Layout, "a part of a layout")
