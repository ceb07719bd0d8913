"""Files of generations, made elsewhere: JSON lines, or one JSON list as LiveCodeBench's runner writes it.

    {id, generations: [text, ...]}                      replies or bare code, all samples of a question
    {id, sample?, response: text}                       the same, one sample a row
    {question_id, code_list: [...] | output_list}       LiveCodeBench's
    {task_id, completion} or {task_id, solution}        HumanEval's and EvalPlus's: continued, or whole

`id`, `question_id` and `task_id` may stand for each other. Rows of one question may lie apart; what has no
`sample` is numbered in the order of the file. The texts wait in a file that SQLite removes.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from pathlib import Path

from synthsmith.builders.evaluation.answers import Answer, Form
from synthsmith.builders.evaluation.json_list import objects_in
from synthsmith.builders.evaluation.spool import open_spool, with_room
from synthsmith.builders.tables import Bad, Table, rows
from synthsmith.verification.errors import InputError
from synthsmith.verification.fields import encodable
from synthsmith.verification.programs import without_halves

_IDS = ("id", "question_id", "task_id")
_LISTS = {"generations": Form.EITHER, "code_list": Form.CODE, "output_list": Form.EITHER}
_SINGLES = {"response": Form.EITHER, "completion": Form.COMPLETION, "solution": Form.CODE}


class Generations:
    """All samples of a file, by question. Close it; nothing of it is left then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.counts: Counter[str] = Counter()
        columns = "name TEXT, sample INTEGER, form TEXT, text TEXT, PRIMARY KEY (name, sample)"
        self._base = open_spool(f"texts ({columns})")
        for where, row in _rows(path):
            self._add(row, where)
        if not self.counts:
            raise InputError(f"{path} holds no generations.")

    def require_known(self, known: Container[str]) -> None:
        """InputError where there are generations for ids that are not `known`."""
        unknown = [name for name in self.counts if name not in known]
        if unknown:
            more = f" and {len(unknown) - 1} more" if unknown[1:] else ""
            raise InputError(f"{self.path}: the benchmark has no question {unknown[0]!r}{more}.")

    def of(self, name: str, most: int | None = None) -> tuple[Answer, ...]:
        """The samples of a question in order; the first `most` of them."""
        query = "SELECT sample, form, text FROM texts WHERE name = ? ORDER BY sample LIMIT ?"
        found = self._base.execute(query, (name, -1 if most is None else most))
        return tuple(Answer(sample, text, Form(form)) for sample, form, text in found)

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()

    def _add(self, row: Mapping[str, object], where: str) -> None:
        name = _name(row, where)
        for sample, form, text in _texts(row, where):
            number = self.counts[name] if sample is None else sample
            try:
                with with_room():
                    values = (name, number, form, without_halves(text))
                    self._base.execute("INSERT INTO texts VALUES (?, ?, ?, ?)", values)
            except sqlite3.IntegrityError:
                raise InputError(f"{where}: there is a sample {number} of {name!r} already.") from None
            self.counts[name] += 1


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, object]]]:
    listed = objects_in(path)
    if listed is not None:
        yield from listed
        return
    for where, _, row in rows(Table(str(path), noun="generations"), lambda there, _: there):
        if isinstance(row, Bad):
            raise InputError(f"{where}: {row.detail}")
        yield where, row


def _name(row: Mapping[str, object], where: str) -> str:
    value = next((row[name] for name in _IDS if row.get(name) is not None), None)
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise InputError(f"{where}: there is no id; give one of {', '.join(_IDS)}.")
    if not encodable(str(value)):
        raise InputError(f"{where}: the id holds half a surrogate pair.")
    return str(value)


def _texts(row: Mapping[str, object], where: str) -> Iterator[tuple[int | None, Form, str]]:
    for name, form in _LISTS.items():
        value = row.get(name)
        if value is None:
            continue
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise InputError(f"{where}: field {name} must be a list of texts.")
        yield from ((None, form, text) for text in value)
        return
    for name, form in _SINGLES.items():
        value = row.get(name)
        if value is None:
            continue
        if not isinstance(value, str):
            raise InputError(f"{where}: field {name} must be a text, not {json.dumps(value)[:40]}.")
        yield _sample(row.get("sample"), where), form, value
        return
    told = ", ".join((*_LISTS, *_SINGLES))
    raise InputError(f"{where}: there is no generation; give one of {told}.")


def _sample(value: object, where: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 31:
        raise InputError(f"{where}: field sample must be a whole number from 0 on, not {value!r}.")
    return value
