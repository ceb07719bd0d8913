"""Proxy solvers: who is asked for what, what their programs are worth, and what hangs on it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from made_attempts import made, write_made
from made_recordings import RIGHT, WRONG, Made, inputs, prepared, python, think
from pydantic import TypeAdapter
from synthsmith.builders import attempts
from synthsmith.builders.attempts import Attempt, Proxy, from_json, to_json
from synthsmith.builders.dataset import in_order, survey
from synthsmith.builders.evidence import ease
from synthsmith.builders.model import Reply, Request
from synthsmith.builders.pipeline import Summary, build
from synthsmith.builders.proxies import ask_solvers
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.rows import VIEWS
from synthsmith.builders.schemas import SCHEMAS
from synthsmith.builders.scrutiny import Scrutiny
from synthsmith.builders.settings import Settings, with_model
from synthsmith.builders.shards import check
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.sandbox import Sandbox

LIVE = ModelSettings("live", "http://127.0.0.1:1/v1")
STRONG = replace(LIVE, name="strong")
WEAK = replace(LIVE, name="weak")
SOLVERS = {
    "strong": (python(RIGHT), python("print(0)\n"), python(RIGHT + "print()\n"), python(RIGHT)),
    "weak": (python(WRONG), think("I give up."), python("print(-1)\n"), python("print(-2)\n")),
    "hopeless": (python("print(-1)\n"), think("I give up."), python("1 / 0\n"), think("")),
}


class Front:
    """The recordings, and solvers by the names of their models."""

    draws = None

    def __init__(self, folder: Path) -> None:
        self.recorded = RecordedModel(folder)
        self.asked: list[Request] = []

    async def complete(self, request: Request) -> Reply:
        self.asked.append(request)
        if request.model in SOLVERS:
            return Reply(SOLVERS[request.model][request.sample], model=request.model)
        return await self.recorded.complete(request)

    async def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("solved") / "recorded"
    rejected = Made(inputs=inputs(["1\n1\n", "1\n2\n"]), generator=think("none"))
    return prepared(folder, Made(), rejected, verification=Scrutiny(mutants=0))


def proved(settings: Settings, *proxies: ModelSettings, by: str | None = None) -> Settings:
    scrutiny = replace(settings.verification, solvable_by=by)
    return replace(settings, models=replace(settings.models, proxies=proxies), verification=scrutiny)


def built(settings: Settings, out: Path, sandbox: Sandbox) -> tuple[Attempt, Attempt, Front, Summary]:
    assert isinstance(settings.pairs, str)
    model = Front(Path(settings.pairs).parent)
    summary = build(settings, out, model, sandbox)
    first, second = attempts.read_all(out / "attempts")
    return first, second, model, summary


def test_proxies_are_judged_on_the_decided_cases_of_verified_tasks(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    plain, other, _, _ = built(settings, tmp_path / "plain", sandbox)
    attempt, rejected, model, summary = built(proved(settings, STRONG, WEAK), tmp_path / "o", sandbox)
    assert isinstance(attempt.outcome, Verified)
    strong, weak = attempt.proxies
    assert strong == Proxy("strong", 4, 0.75, 0.75)
    passed = sum(case.expected == case.input.split("\n")[1] + "\n" for case in attempt.outcome.cases)
    assert weak == Proxy("weak", 4, passed / len(attempt.outcome.cases) / 4, 0.0)  # one number is its own sum
    assert passed > 0
    assert [(each.stage, each.sample) for each in attempt.unread[-1:]] == [("proxy", 5)]
    assert rejected == replace(other, settings=rejected.settings)  # nobody is asked to solve it
    assert sum(request.stage == "proxy" for request in model.asked) == 8
    assert {line.requests for line in summary.account if line.stage == "proxy"} == {4}
    assert attempt.provenance is not None
    proxies = [each.model for each in attempt.provenance.models if each.stages == ("proxy",)]
    assert proxies == ["strong", "weak"]
    others = {"unread": (), "settings": "", "provenance": None}
    assert replace(attempt, proxies=(), **others) == replace(plain, **others)


def test_a_second_run_asks_nobody_again_and_gives_the_same_attempt(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    first, *_ = built(proved(settings, STRONG), tmp_path, sandbox)
    attempts.path_of(tmp_path / "attempts", 0).unlink()
    second, _, model, _ = built(proved(settings, STRONG), tmp_path, sandbox)
    assert (second, model.asked) == (first, [])


def test_a_task_of_which_the_solver_passes_nothing_is_rejected_where_that_is_asked_for(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    hopeless = replace(LIVE, name="hopeless")
    kept, *_ = built(proved(settings, STRONG, hopeless, by="strong"), tmp_path / "kept", sandbox)
    assert isinstance(kept.outcome, Verified)
    assert kept.proxies[1].pass_rate == 0.0
    lost, _, _, summary = built(proved(settings, STRONG, hopeless, by="hopeless"), tmp_path / "o", sandbox)
    assert isinstance(lost.outcome, Rejected)
    assert lost.outcome.reason is Reason.UNSOLVED
    assert lost.outcome.detail.startswith("hopeless passes none of ")
    assert lost.outcome.certificate == kept.outcome.certificate
    assert (Reason.UNSOLVED, 1) in summary.rejected
    assert not list(VIEWS["rl"](lost))
    assert not list(VIEWS["sft_hybrid"](lost))


def test_a_model_that_writes_candidates_gives_other_samples_as_a_proxy() -> None:
    settings = proved(Settings(models=Models(solution=(STRONG, WEAK)), solutions=5), STRONG, WEAK)
    asked = ask_solvers(made()[0], settings)
    assert [(each.model, each.sample) for each in asked] == [
        *(("strong", sample) for sample in (3, 4, 5, 6)),
        *(("weak", sample) for sample in (2, 3, 4, 5)),
    ]
    assert ask_solvers(made()[3], settings) == ()  # rejected


def test_tasks_for_reinforcement_learning_go_by_the_proxies_easiest_first(tmp_path: Path) -> None:
    found = list(made())
    rates = {0: 0.9, 2: 0.1, 5: 0.5, 6: 0.5}
    for index, rate in rates.items():
        half = (Proxy("a", 4, rate - 0.1, 0.0), Proxy("b", 4, rate + 0.1, 0.0), Proxy("c", 4, None, None))
        found[index] = replace(found[index], proxies=half)
    folder = write_made(tmp_path, tuple(found))
    assert in_order("rl", survey(folder)) == [0, 5, 6, 2]
    assert ease(made()[0]) == 0.5  # the candidates' own, where nobody else tried


@pytest.mark.parametrize("config", ["rl", "attempts"])
def test_rows_hold_the_rates_of_the_proxies(config: str) -> None:
    attempt = replace(made()[0], proxies=(Proxy("strong", 4, 0.75, 0.5), Proxy("weak", 4, None, None)))
    assert from_json(to_json(attempt)) == attempt
    [row] = VIEWS[config](attempt)
    check(row, SCHEMAS[config], config)
    assert json.loads(json.dumps(row["proxies"])) == [
        {"model_name": "strong", "sample_count": 4, "pass_rate": 0.75, "solved_rate": 0.5},
        {"model_name": "weak", "sample_count": 4, "pass_rate": None, "solved_rate": None},
    ]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"models": {"proxies": [{}]}}, "a proxy cannot be the recorded model"),
        ({"verification": {"solvable_by": "x"}}, "solvable_by names x, which is no proxy"),
        ({"verification": {"proxy_samples": 0}}, "greater than or equal to 1"),
    ],
)
def test_what_cannot_be_meant_is_an_error(given: dict[str, object], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        TypeAdapter(Settings).validate_python(given)


def test_one_model_for_every_role_leaves_the_proxies_as_they_are() -> None:
    settings = proved(Settings(), STRONG)
    assert with_model(settings, "new", "http://127.0.0.1:2/v1").models.proxies == (STRONG,)
