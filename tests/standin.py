"""A stand-in for an endpoint that answers any draw: the recorded replies in rotation, fitted to the prompts.

The recordings hold 24 draws. Another draw's first prompt is answered with features of its own tree, its
second with the statement of a recorded task of its style, under which a line names a variant, so that no two
tasks have one statement; that line leads the further prompts to the replies of the recorded task. What comes
out is nonsense as a data set, for the statements have nothing to do with their features; the programs, the
inputs and the votes are real.
"""

import json
import re

from synthsmith.builders.model import Message, Reply, prompt_digest
from synthsmith.builders.recorded_model import RecordedModel, read_reply
from synthsmith.builders.recordings import prompts
from synthsmith.prompts import final_answer, json_object, reasoning

BEGINNING = 24  # characters of a prompt that tell the templates apart
_TREE = re.compile(r"^# The tree\n\n(\{.*?^\})$", re.DOTALL | re.MULTILINE)
_VARIANT = re.compile(r"\(Variant (\S+) of ([0-9a-f]{8})\.\)")


class StandIn:
    """As RecordedModel is to its server."""

    def __init__(self) -> None:
        self.recorded = RecordedModel()
        self.stages: dict[str, str] = {}  # by the beginning of a prompt
        statements: dict[str, set[str]] = {}  # the folders of tasks, by the same
        for name, request in prompts().items():
            if request.stage in ("extract", "evolve"):  # of these all are recorded
                continue
            beginning = request.messages[0].content[:BEGINNING]
            assert self.stages.setdefault(beginning, request.stage) == request.stage
            if request.stage == "statement":
                statements.setdefault(beginning, set()).add(name.partition("/statement")[0])
        folder = self.recorded.folder
        self.tasks = {
            beginning: sorted(name for name in names if (folder / name / "solution-1.md").is_file())
            for beginning, names in statements.items()
        }

    def held(self, messages: tuple[Message, ...]) -> int:
        """How many replies to a prompt there are."""
        if held := self.recorded.held(messages):
            return held
        stage = self._stage(messages)
        return {None: 0, "solution": 8}.get(stage, 1)

    def reply(self, messages: tuple[Message, ...], sample: int) -> Reply:
        """One of the replies that are held."""
        if self.recorded.held(messages):
            return self.recorded.reply(messages, sample)
        stage, digest = self._stage(messages), prompt_digest(messages)
        if stage == "roles":
            return Reply(_roles(messages[0].content, digest))
        if stage == "statement":
            tasks = self.tasks[messages[0].content[:BEGINNING]]
            task = tasks[int(digest[:8], 16) % len(tasks)]
            return Reply(_variant(self._recorded(f"{task}/statement.md").text, task, digest))
        variant = _VARIANT.search(messages[0].content)
        assert variant is not None, messages[0].content
        number = f"-{sample + 1}" if stage == "solution" else ""
        return self._recorded(f"{variant[1]}/{stage}{number}.md")

    def _stage(self, messages: tuple[Message, ...]) -> str | None:
        return self.stages.get(messages[0].content[:BEGINNING])

    def _recorded(self, name: str) -> Reply:
        return read_reply(self.recorded.folder / name)


def _roles(prompt: str, digest: str) -> str:
    """A design of up to four leaves of the tree in the prompt, unlike any other's."""
    tree = _TREE.search(prompt)
    assert tree is not None, prompt
    found = _leaves(json.loads(tree[1]))
    selected = [{"feature": leaf, "potential_use": f"Part {place}."} for place, leaf in enumerate(found[:4])]
    answer = {
        "feature_roles_tree": {},
        "selected_features": selected,
        "integration_strategy": f"Plan {digest}.",
    }
    return f"<think>\nThe first of them.\n</think>\n\n{json.dumps(answer)}"


def _variant(reply: str, task: str, digest: str) -> str:
    answer = json_object(final_answer(reply))
    question = f"{answer['question']}\n\n(Variant {task} of {digest[:8]}.)"
    return f"<think>\n{reasoning(reply)}\n</think>\n\n{json.dumps({**answer, 'question': question})}"


def _leaves(tree: object) -> list[str]:
    if not isinstance(tree, dict):
        return []
    return [leaf for name, below in tree.items() for leaf in (_leaves(below) or [name])]
