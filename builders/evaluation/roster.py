"""Who is asked: the questions that were chosen, with their prompts, in a file that SQLite removes."""

import json
from collections.abc import Iterable, Iterator

from synthsmith.builders.evaluation.questions import Question
from synthsmith.builders.evaluation.spool import open_spool, with_room
from synthsmith.builders.model import Message
from synthsmith.verification.errors import InputError


class Roster:
    """The names of all questions, and the prompts of the chosen ones. Close it, and nothing of it is left."""

    def __init__(self) -> None:
        self._chosen: dict[str, bool] = {}
        self._base = open_spool("asked (number INTEGER PRIMARY KEY, name TEXT, messages TEXT)")

    def fill(self, questions: Iterable[tuple[Question, bool]]) -> None:
        """Enter all questions; InputError for a name that is taken, or where none is chosen."""
        for question, chosen in questions:
            if question.name in self._chosen:
                raise InputError(f"{question.problem.where}: another row has this id.")
            self._chosen[question.name] = chosen
            if chosen:
                turns = [[turn.role, turn.content] for turn in question.messages]
                entry = (question.name, json.dumps(turns))
                with with_room():
                    self._base.execute("INSERT INTO asked (name, messages) VALUES (?, ?)", entry)
        if not any(self._chosen.values()):
            raise InputError("there is no question to ask: the benchmark is empty, or all of it left out.")

    @property
    def chosen(self) -> int:
        """How many questions are asked."""
        return sum(self._chosen.values())

    def __contains__(self, name: object) -> bool:
        return name in self._chosen

    def names(self) -> Iterator[str]:
        """The names of the chosen ones, in order."""
        return (name for name, chosen in self._chosen.items() if chosen)

    def prompts(self) -> Iterator[tuple[str, tuple[Message, ...]]]:
        """Name and prompt of each chosen one, in order."""
        for name, text in self._base.execute("SELECT name, messages FROM asked ORDER BY number"):
            yield name, tuple(Message(role, content) for role, content in json.loads(text))

    def close(self) -> None:
        """Let go of the file."""
        self._base.close()
