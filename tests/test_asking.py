"""A reply of no use is asked for once more, with the reason, and no second time."""

import asyncio
from dataclasses import replace
from pathlib import Path

from made_recordings import Made, prepared, roles
from synthsmith.builders import attempts
from synthsmith.builders.asking import once_more
from synthsmith.builders.drafts import Draw, plan
from synthsmith.builders.features import from_nested
from synthsmith.builders.model import Reply, Request
from synthsmith.builders.pipeline import build
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.sampling import Sampler, Sampling
from synthsmith.builders.settings import Settings
from synthsmith.verification.decision import Reason, Rejected
from synthsmith.verification.sandbox import Sandbox
from test_model import request

TREE = from_nested(
    {"algorithm": {"sums": {}}, "data structures": {"arrays": {}}, "problem type": {"counting": {}}}
)
LIVE = ModelSettings("m", "http://nowhere")
SETTINGS = Settings(
    models=Models(task=LIVE), sampling=Sampling(styles=(("codeforces", 1),)), min_statement_tokens=1
)


def planned(settings: Settings, *replies: str) -> tuple[object, list[Request]]:
    """How the first draw ends where the model answers so, and what it was asked."""
    asked: list[Request] = []

    async def ask(request: Request) -> Reply:
        asked.append(request)
        return Reply(replies[len(asked) - 1])

    return asyncio.run(plan(Draw(0, "0:0", "d"), Sampler(TREE, settings.sampling), settings, ask)), asked


def test_the_second_request_shows_the_answer_without_its_reasoning_and_what_is_wrong() -> None:
    first = request(None)
    second = once_more(first, Reply("<think>\nhm\n</think>\n\nno JSON"), "it is no JSON.")
    assert second.messages[: len(first.messages)] == first.messages
    assert [turn.role for turn in second.messages[-2:]] == ["assistant", "user"]
    assert second.messages[-2].content == "no JSON"
    assert second.messages[-1].content.startswith("Your reply could not be used: it is no JSON.\n")
    assert second.key != first.key
    assert (second.stage, second.subject, second.sample) == (first.stage, first.subject, first.sample)


def test_a_design_that_cannot_be_read_is_asked_for_once_more_and_then_rejected() -> None:
    attempt, asked = planned(SETTINGS, "no JSON", "none again")
    assert len(asked) == 2
    outcome = getattr(attempt, "outcome", None)
    assert isinstance(outcome, Rejected)
    assert outcome.reason is Reason.DESIGN_UNREADABLE
    assert "neither a JSON object" in asked[1].messages[-1].content


def test_the_second_reply_counts() -> None:
    _, asked = planned(SETTINGS, "no JSON", roles(["sums"]), "no statement", "none again")
    assert [one.stage for one in asked] == ["roles", "roles", "statement", "statement"]


def test_nothing_is_asked_again_of_recordings_or_where_nobody_wants_it() -> None:
    for settings in (replace(SETTINGS, ask_again=False), replace(SETTINGS, models=Models())):
        assert len(planned(settings, "no JSON")[1]) == 1


def test_inputs_that_cannot_be_read_are_asked_for_again_before_programs_run(tmp_path: Path) -> None:
    """Where the endpoint first answers nonsense, the task is verified all the same, on every run."""
    folder = tmp_path / "recorded"
    settings = prepared(folder, Made())
    recorded = RecordedModel(folder)

    class Clumsy:
        draws = None
        asked = 0

        async def complete(self, request: Request) -> Reply:
            self.asked += 1
            if request.stage != "inputs":
                return await recorded.complete(request)
            first = replace(request, messages=request.messages[:1])
            return await recorded.complete(first) if len(request.messages) > 1 else Reply("none")

        async def close(self) -> None:
            pass

    live = replace(settings, models=Models(cases=LIVE))
    model = Clumsy()
    with Sandbox(1) as sandbox:
        summary = build(live, tmp_path / "o", model, sandbox)
        asked = model.asked
        for file in (tmp_path / "o" / "attempts").glob("*.json"):
            file.unlink()
        build(live, tmp_path / "o", model, sandbox)
    [attempt] = attempts.read_all(tmp_path / "o" / "attempts")
    assert summary.verified == 1
    assert any(case.id == "p1" for case in attempt.cases)
    assert not [one for one in attempt.unread if one.stage == "inputs"]
    assert model.asked == asked
    assert sum(line.requests for line in summary.account if line.stage == "inputs") == 2
