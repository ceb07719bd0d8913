"""Further inputs for weak suites: when they are asked for, what is shown, and what becomes of the reply."""

from dataclasses import replace
from pathlib import Path

import pytest
from made_attempts import made, suite
from made_recordings import Made, inputs, prepared, python, think
from synthsmith.builders import attempts
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.model import Reply, Request, TransientError
from synthsmith.builders.more_inputs import ask_more
from synthsmith.builders.pipeline import Summary, build
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.scrutiny import Scrutiny
from synthsmith.builders.settings import Settings
from synthsmith.verification.decision import Verified
from synthsmith.verification.sandbox import Sandbox

LIVE = ModelSettings("live", "http://127.0.0.1:1/v1")
ASKING = Scrutiny(label_precision=0.5, golden_precision=0.5, more_inputs=5, weak_below=1.0)
# No input of the recordings tells 7 numbers from others.
ODD = "n = int(input())\na = list(map(int, input().split()))\nprint(sum(a) if n != 7 else sum(a) + 1)\n"
ODD_TOO = ODD.replace("sum(a) if", "sum(a[:]) if")
SEVEN = "7\n1 2 3 4 5 6 7\n"


class Generous:
    """The recordings, and one reply for whoever asks for more."""

    draws = None

    def __init__(self, folder: Path, more: str) -> None:
        self.recorded, self.more = RecordedModel(folder), more
        self.asked: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        if request.stage != "more_inputs":
            return await self.recorded.complete(request)
        if self.more == "fail":
            raise TransientError("gone")
        return Reply(self.more)

    async def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("weak") / "recorded"
    task = Made(solutions=(python(ODD), python(ODD_TOO), python("print(1)")))
    settings = prepared(folder, task, verification=ASKING)
    return replace(settings, models=Models(cases=LIVE))


def built(settings: Settings, out: Path, sandbox: Sandbox, more: str) -> tuple[Attempt, Generous, Summary]:
    assert isinstance(settings.pairs, str)
    model = Generous(Path(settings.pairs).parent, more)
    summary = build(settings, out, model, sandbox)
    [attempt] = attempts.read_all(out / "attempts")
    return attempt, model, summary


def survivors(attempt: Attempt) -> tuple[str, ...]:
    assert isinstance(attempt.outcome, Verified)
    assert attempt.outcome.certificate.suite is not None
    return attempt.outcome.certificate.suite.survivors


def test_a_weak_suite_gets_further_inputs_which_are_checked_and_voted_on(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    plain = replace(settings, verification=replace(ASKING, more_inputs=0))
    before, _, _ = built(plain, tmp_path / "plain", sandbox, "")
    reply = inputs([SEVEN, "7\n1 2\n"])  # the second one breaks the constraints
    after, model, summary = built(settings, tmp_path / "more", sandbox, reply)
    assert "line 3, constant: 7 -> 8" in survivors(before)
    assert "line 3, constant: 7 -> 8" not in survivors(after)
    assert isinstance(after.outcome, Verified)
    assert [case.input for case in after.outcome.cases if case.id == "more1"] == [SEVEN]
    assert "more2" in {each.id for each in after.dropped}
    [request] = [each for each in model.asked if each.stage == "more_inputs"]
    assert "- line 3, constant: 7 -> 8\n" in request.messages[0].content
    assert sum(line.requests for line in summary.account if line.stage == "more_inputs") == 1


def test_a_second_run_pays_for_no_reply_again_and_gives_the_same_attempt(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    first, _, _ = built(settings, tmp_path, sandbox, inputs([SEVEN]))
    attempts.path_of(tmp_path / "attempts", 0).unlink()
    second, model, _ = built(settings, tmp_path, sandbox, inputs([SEVEN]))
    assert second == first
    assert model.asked == []


def test_a_reply_that_cannot_be_read_is_on_record_and_changes_nothing_else(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    plain = replace(settings, verification=replace(ASKING, more_inputs=0))
    before, _, _ = built(plain, tmp_path / "plain", sandbox, "")
    after, _, _ = built(settings, tmp_path / "more", sandbox, think("no inputs"))
    [unread] = [each for each in after.unread if each.stage == "more_inputs"]
    assert unread.model == "recorded"
    assert after.provenance is not None
    assert "more_inputs" in after.provenance.templates
    nothing = {"unread": (), "settings": "", "provenance": None}
    assert replace(after, **nothing) == replace(before, **nothing)


def test_where_nobody_answers_the_task_is_left_for_the_next_run(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    assert isinstance(settings.pairs, str)
    summary = build(settings, tmp_path, Generous(Path(settings.pairs).parent, "fail"), sandbox)
    assert (summary.finished, summary.unfinished) == (0, ("gone",))
    again, _, summary = built(settings, tmp_path, sandbox, inputs([SEVEN]))
    assert summary.verified == 1
    assert "line 3, constant: 7 -> 8" not in survivors(again)


def test_nothing_is_asked_of_recordings_of_strong_suites_or_where_nobody_wants_it() -> None:
    wanted = Settings(models=Models(cases=LIVE), verification=ASKING)
    attempt = made()[0]
    assert isinstance(attempt.outcome, Verified)

    def of(weak: bool, **changes: object) -> Attempt:
        strength = replace(suite(("p1", "p2", "p3", "p4"), 4), weak=weak, **changes)  # type: ignore[arg-type]
        certificate = replace(attempt.outcome.certificate, suite=strength)  # type: ignore[type-var]
        return replace(attempt, outcome=replace(attempt.outcome, certificate=certificate))  # type: ignore[type-var]

    request = ask_more(of(True), wanted)
    assert request is not None
    assert attempt.solutions[0].code in request.messages[0].content
    missed = ask_more(of(True, survivors=(), missed=("s2",)), wanted)
    assert missed is not None
    assert attempt.solutions[1].code in missed.messages[0].content
    assert ask_more(of(True, survivors=()), wanted) is None
    assert ask_more(of(False), wanted) is None
    assert ask_more(attempt, wanted) is None  # never measured
    assert ask_more(made()[1], wanted) is None  # rejected
    assert ask_more(of(True), replace(wanted, verification=Scrutiny())) is None
    assert ask_more(of(True), replace(wanted, models=Models())) is None
