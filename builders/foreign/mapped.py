"""One row of other people's, by a layout -> a problem in our words, and what is stated beside it.

What comes out is a row of ours first (`problems.py`), so one reader says what a problem must be. What cannot
be taken over is left out and counted by reason; a row of which nothing can be is an UnmappedError.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from synthsmith.builders.foreign import test_code
from synthsmith.builders.foreign.columns import Columns, UnmappedError, shown
from synthsmith.builders.foreign.functions import as_text, as_values, entry_of
from synthsmith.builders.foreign.layout import Layout, Programs, Tests
from synthsmith.verification.problems import problem_of
from synthsmith.verification.stated import Entry, Stated
from synthsmith.verification.types import Language, Solution

Test = dict[str, object]
_KNOWN = {"python": "python", "python3": "python", "py": "python", "cpp": "cpp", "c++": "cpp"}
_CALLED = {"golden": "golden", "right": "right", "wrong": "wrong", "unknown": "s"}


def mapped(row: Mapping[str, object], layout: Layout, where: str, called: str) -> Entry:
    """The problem of the row, which is `called` so if it has no id."""
    columns = Columns(row)
    for names, needed in layout.wanted():
        if needed and not any(name in row for name in names):
            raise UnmappedError(f"field {' or '.join(names)} is missing.")
    for name in layout.empty:
        if columns.row.get(name):
            raise UnmappedError(
                f"field {name} must be empty for the row to be taken over, not {row[name]!r}."
            )
    left_out: Counter[str] = Counter()
    programs = [
        (part.stated, found) for part in layout.programs for found in programs_in(columns, part, left_out)
    ]
    values: dict[str, object] = {
        "id": _id(columns, layout, called),
        "statement": columns.text(layout.statement),
        "time_limit_s": columns.seconds(layout.time_limit),
        "memory_mb": columns.megabytes(layout.memory_limit),
        **_tests(columns, layout, [code for _, (_, code) in programs], left_out),
    }
    if values["entry"] != "assertions":
        values["checker"] = layout.checker
    named = list(_named(programs))
    values["submissions"] = [
        {"name": each.id, "language": str(each.language), "code": each.code}
        for stated, each in named
        if stated != "wrong"
    ]
    kept = {name: _plain(row.get(name)) for name in layout.keep if name in row}
    if layout.licence:
        kept["licence"] = _plain(columns.first(layout.licence)[1])
    problem = problem_of({**kept, **values}, where)
    return Entry(problem, _stated(named, left_out))


def _stated(named: Sequence[tuple[str, Solution]], left_out: Mapping[str, int]) -> Stated:
    return Stated(
        golden=tuple(each.id for stated, each in named if stated == "golden"),
        right=tuple(each.id for stated, each in named if stated == "right"),
        wrong=tuple(each for stated, each in named if stated == "wrong"),
        left_out=dict(sorted(left_out.items())),
    )


def _id(columns: Columns, layout: Layout, called: str) -> str | int:
    if layout.id is None:
        return called
    value = columns.value(layout.id)
    if value != "" and isinstance(value, str | int) and not isinstance(value, bool):
        return value
    name = columns.first(layout.id.column)[0]
    raise UnmappedError(
        f"field {name} must be a text that is not empty or a whole number, not {shown(value)}."
    )


def _tests(
    columns: Columns, layout: Layout, programs: Sequence[str], left_out: Counter[str]
) -> dict[str, object]:
    """The tests and what is to be called: `tests` and `entry` of a row of ours."""
    found: list[Test] = []
    function: object = columns.value(layout.function)
    fitting = [part for part in layout.tests if _applies(part, columns)]
    first = next((part for part in fitting if part.when), None)
    chosen = [part for part in fitting if not part.when or part is first]
    if not chosen:
        names = sorted({name for part in layout.tests for name in part.when})
        told = ", ".join(f"{name} {shown(columns.row.get(name))}" for name in names)
        raise UnmappedError(f"the layout has no tests for {told}.")
    for part in chosen:
        name, value = columns.read(part.column, part.decode)
        if value is None and part.optional:
            continue
        try:
            if part.form == "pairs":
                found += _pairs(value, part)
            else:
                read = test_code.assertions if part.form == "assertions" else test_code.module
                found += read(value, part.name, left_out)
        except UnmappedError as error:
            raise UnmappedError(f"field {name}: {error}") from None
        if part.function and isinstance(value, dict):
            function = value.get(part.function) or function
    if any(part.form != "pairs" for part in chosen):
        return {"tests": found, "entry": "assertions"}
    if not function:
        return {"tests": as_text(found), "entry": None}
    entry = entry_of(str(function), columns.text(layout.starter_code), found, programs)
    return {"tests": as_values(found, entry), "entry": entry}


def _applies(part: Tests, columns: Columns) -> bool:
    return all(str(columns.row.get(name)) in values for name, values in part.when.items())


def _pairs(value: object, part: Tests) -> Iterator[Test]:
    """The inputs with their outputs, whichever way round they lie."""
    if isinstance(value, list):
        pairs = [_pair(each, part) for each in value]
    elif isinstance(value, dict):
        inputs, outputs = value.get(part.inputs), value.get(part.outputs)
        if not isinstance(inputs, list) or not isinstance(outputs, list):
            raise UnmappedError(f"{part.inputs} and {part.outputs} must be lists, not {shown(value)}.")
        if len(inputs) != len(outputs):
            raise UnmappedError(f"there are {len(inputs)} {part.inputs}, but {len(outputs)} {part.outputs}.")
        pairs = list(zip(inputs, outputs, strict=True))
    else:
        raise UnmappedError(f"must hold inputs and outputs, not {shown(value)}.")
    for number, (given, output) in enumerate(pairs):
        name = {"name": f"{part.name}{number}"} if part.name else {}
        yield {**name, "input": given, "output": output}


def _pair(each: object, part: Tests) -> tuple[object, object]:
    if not isinstance(each, dict) or part.inputs not in each:
        raise UnmappedError(f"a test must be an object with {part.inputs}, not {shown(each)}.")
    return each[part.inputs], each.get(part.outputs)


def programs_in(columns: Columns, part: Programs, left_out: Counter[str]) -> Iterator[tuple[Language, str]]:
    name, value = columns.read(part.column, part.decode)
    if value is None and not part.optional:
        raise UnmappedError(f"field {name} is missing or null.")
    taken = 0
    for language, code in _pieces(value, part, name):
        known = part.languages.get(str(language)) if part.languages else _KNOWN.get(str(language).lower())
        if known is None:
            left_out[f"programs in the language {language!r}"] += 1
        elif not isinstance(code, str) or not code.strip():
            left_out["programs that are empty"] += 1
        elif taken == part.most:
            left_out[f"programs after the first {part.most} stated as {part.stated}"] += 1
        else:
            taken += 1
            yield Language(known), code


def _pieces(value: object, part: Programs, name: str) -> Iterator[tuple[object, object]]:
    """Language and code of every program; its language is Python where nothing says otherwise."""
    pieces = [value] if isinstance(value, str) else value
    if isinstance(pieces, dict) and part.code:
        codes, languages = pieces.get(part.code), pieces.get(part.language or "")
        if not isinstance(codes, list):
            raise UnmappedError(f"field {name}.{part.code} must be a list, not {shown(codes)}.")
        if part.language and (not isinstance(languages, list) or len(languages) != len(codes)):
            raise UnmappedError(f"field {name}.{part.language} must be a list as long as {part.code}.")
        spoken = languages if isinstance(languages, list) else ["python"] * len(codes)
        yield from zip(spoken, codes, strict=True)
        return
    if pieces is not None and not isinstance(pieces, list):
        raise UnmappedError(f"field {name} must hold programs, not {shown(value)}.")
    for each in pieces or []:
        if isinstance(each, dict) and part.code:
            yield each.get(part.language, "python") if part.language else "python", each.get(part.code)
        else:
            yield "python", each


def _named(programs: Sequence[tuple[str, tuple[Language, str]]]) -> Iterator[tuple[str, Solution]]:
    """The programs with names of their own: golden, right1, right2, wrong1, s1, ..."""
    counts: Counter[str] = Counter()
    several = Counter(stated for stated, _ in programs)
    for stated, (language, code) in programs:
        counts[stated] += 1
        number = "" if stated == "golden" and several[stated] == 1 else str(counts[stated])
        yield stated, Solution(_CALLED[stated] + number, code, language)


def _plain(value: object) -> object:
    """A value that is carried along, as JSON has it."""
    return json.loads(json.dumps(value, default=str))
