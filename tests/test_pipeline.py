"""A build: complete, the same whatever the order of things, and safe against being stopped at any moment."""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_attempts import made
from made_recordings import METHOD, RIGHT, Made, inputs, prepared, python, record, roles, statement, think
from pydantic import TypeAdapter, ValidationError
from synthsmith.builders import attempts
from synthsmith.builders import folder as folder_module
from synthsmith.builders import settings as settings_module
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.folder import claim
from synthsmith.builders.history import from_text, to_text
from synthsmith.builders.inputs import Dropped
from synthsmith.builders.model import Reply, Request, TransientError, Unread
from synthsmith.builders.pipeline import build, draws
from synthsmith.builders.provenance import Answering, Provenance
from synthsmith.builders.recorded_model import FOLDER, PAIRS, RecordedModel
from synthsmith.builders.roles import Models, ModelSettings
from synthsmith.builders.rows import VIEWS
from synthsmith.builders.sampling import Sampling
from synthsmith.builders.settings import Settings, digest, plain, with_model
from synthsmith.builders.switchboard import Switchboard
from synthsmith.builders.tasks import Task
from synthsmith.prompts import template_digest
from synthsmith.verification.certificate import Anchor, Answer, Ballots, Certificate, Vote
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.errors import InputError
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Case, Kind, Parameter, Purpose, Signature, Solution, Status

PROMPTED = ("roles", "statement_codeforces", "solution", "inputs", "generator", "validator", "brute")
TWICE_THE_SAME = (python(RIGHT), python(RIGHT), python(RIGHT))
FUNNEL = (
    (Made(), None),
    (Made(roles=roles(["quantum"])), Reason.FOREIGN_FEATURES),
    (Made(roles="no json"), Reason.DESIGN_UNREADABLE),
    (Made(statement=think("no json")), Reason.STATEMENT_UNREADABLE),
    (Made(statement=think(json.dumps({"question": "word " * 300}))), Reason.STATEMENT_INCOMPLETE),
    (Made(statement=think(json.dumps({"question": statement("codeforces", 9)}))), Reason.STATEMENT_TOO_SHORT),
    (Made(solutions=(python(RIGHT), "no", "neither")), Reason.TOO_FEW_SOLUTIONS),
    (Made(solutions=TWICE_THE_SAME), Reason.TOO_FEW_PROGRAMS),
    (Made(validator=think("none")), Reason.NO_CASES),
    (Made(inputs=inputs(["1\n1\n", "1\n2\n"]), generator=think("none")), Reason.TOO_FEW_DECIDED),
    (Made(), None),
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("funnel") / "recorded"
    return prepared(folder, *(made for made, _ in FUNNEL))


def recorded(settings: Settings) -> RecordedModel:
    assert settings.pairs is not None
    return RecordedModel(Path(settings.pairs).parent)


@pytest.fixture(scope="module")
def done(settings: Settings, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished build that no test may change."""
    out = tmp_path_factory.mktemp("done") / "out"
    build(settings, out, recorded(settings), sandbox)
    return out


def files(folder: Path) -> dict[str, str]:
    """Every file by its digest."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def products(folder: Path) -> dict[str, str]:
    """What must be equal between builds: all but the journal, whose rows stand in order of arrival."""
    return {name: value for name, value in files(folder).items() if name != "ledger.sqlite"}


def reasons(out: Path) -> list[Reason | None]:
    made = [attempt.outcome for attempt in attempts.read_all(out / "attempts")]
    return [outcome.reason if isinstance(outcome, Rejected) else None for outcome in made]


class Fussy:
    """The recordings behind something that fails where a test wants it, and counts the calls."""

    def __init__(self, settings: Settings, *failing: str) -> None:
        self.inner, self.failing, self.calls = recorded(settings), failing, 0

    @property
    def draws(self) -> int | None:
        return self.inner.draws

    async def complete(self, request: Request) -> Reply:
        self.calls += 1
        for _ in range(hash(request.key) % 5):
            await asyncio.sleep(0)
        if request.subject in self.failing:
            raise TransientError(f"no answer for {request.subject}")
        return await self.inner.complete(request)

    async def close(self) -> None:
        pass


def test_every_attempt_ends_as_verified_or_with_its_reason(done: Path) -> None:
    assert reasons(done) == [reason for _, reason in FUNNEL]


def test_all_replies_and_evidence_are_on_the_attempt(done: Path) -> None:
    found = {attempt.index: attempt for attempt in attempts.read_all(done / "attempts")}
    verified, few = found[0], found[6]
    assert isinstance(verified.outcome, Verified)
    assert [s.id for s in verified.solutions] == ["s1", "s2", "s3", "brute"]
    assert verified.solutions[0].reply == python(RIGHT).removesuffix("\n")
    assert [one.id for one in verified.dropped] == ["p4", "p6", "p5"]
    assert verified.task is not None
    assert set(verified.task.features) <= set(verified.drawn)
    assert [(u.stage, u.sample, u.text) for u in few.unread] == [
        ("solution", 1, "no"),
        ("solution", 2, "neither"),
    ]
    assert found[1].unread[0].text == roles(["quantum"]).removesuffix("\n")


def test_a_function_style_task_goes_all_the_way(tmp_path: Path, sandbox: Sandbox) -> None:
    bodies = (
        "return sum(a)",
        "t = 0\n        for x in a:\n            t += x\n        return t",
        "return max(a)",
    )
    emit = "import json\nfor n in range(1, 6):\n    entry = {'name': 'x', 'kind': 'complex'}\n"
    made = Made(
        solutions=tuple(python(f"{METHOD}{body}\n") for body in bodies),
        inputs=inputs(["[1, 2]\n", "[5]", "[true]"]),
        generator=python(f"{emit}    print(json.dumps({{**entry, 'input': str([n] * n)}}))\n"),
        validator=python("import json, sys\njson.loads(sys.stdin.read())\n"),
    )
    folder = tmp_path / "recorded"
    wanted = Settings(
        tasks=1,
        solutions=3,
        pairs=str(folder / "pairs.jsonl"),
        sampling=Sampling(styles=(("leetcode", 1),)),
    )
    record(folder, [made], wanted)
    build(wanted, tmp_path / "out", recorded(wanted), sandbox)
    [attempt] = attempts.read_all(tmp_path / "out/attempts")
    assert isinstance(attempt.outcome, Verified)
    assert [case.expected for case in attempt.outcome.cases[:2]] == ["7\n", "3\n"]
    assert Anchor("sample1", "sample", True) in attempt.outcome.certificate.anchors
    assert attempt.dropped[0].id == "p3"
    assert ("brute", "the program has no class Solution") in [(u.stage, u.detail) for u in attempt.unread]


def test_a_statement_that_gives_hints_or_wrong_samples_is_no_task(tmp_path: Path, sandbox: Sandbox) -> None:
    def said(old: str, new: str) -> Made:
        question = statement("codeforces").replace(old, new, 1)
        return Made(statement=think(json.dumps({"question": question})))

    bad = (
        said("word", "Use dynamic programming."),
        said("Output\n```\n7\n```", "Output: 7"),
        said("```\n7\n", "```\n8\n"),
    )
    folder = tmp_path / "recorded"
    sampled = Sampling(styles=(("codeforces", 1),))
    wanted = Settings(tasks=3, solutions=3, pairs=str(folder / "pairs.jsonl"), sampling=sampled)
    record(folder, bad, wanted)
    build(wanted, tmp_path / "out", recorded(wanted), sandbox)
    assert reasons(tmp_path / "out") == [
        Reason.STATEMENT_LEAKS,
        Reason.SAMPLES_UNREADABLE,
        Reason.SAMPLE_DIFFERS,
    ]
    *_, differs = attempts.read_all(tmp_path / "out/attempts")
    assert differs.cases[0].stated == "8\n"
    assert differs.outcome.certificate is not None
    assert Anchor("sample1", "sample", False) in differs.outcome.certificate.anchors


def test_the_summary_counts_what_is_on_disk(settings: Settings, sandbox: Sandbox, tmp_path: Path) -> None:
    shown: list[tuple[int, str | None]] = []
    summary = build(
        settings,
        tmp_path,
        recorded(settings),
        sandbox,
        lambda done, total=None, what=None, spent=None: shown.append((done, what)),
    )
    assert (summary.tasks, summary.verified, summary.reused, summary.unfinished) == (11, 2, 0, ())
    assert sum(count for _, count in summary.rejected) == 9
    assert sum(row.requests for row in summary.account) == 1 + 2 + 11 + 9 + 6 * 7
    grown = [(1, "pairs read for features"), *((i, "parts of the feature tree, round 1") for i in (1, 2))]
    assert shown == [(0, "tasks"), *grown, (0, "tasks"), *((i, None) for i in range(1, 12))]


def test_a_second_run_asks_nothing_and_changes_no_byte(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    before = files(done)
    model = Fussy(settings)
    summary = build(settings, done, model, sandbox)
    assert (model.calls, summary.reused) == (0, 11)
    assert files(done) == before


def test_neither_concurrency_nor_order_of_replies_changes_a_byte(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    build(replace(settings, concurrency=1), tmp_path, Fussy(settings), sandbox)
    shown = products(tmp_path)
    assert shown.pop("build.json") != products(done)["build.json"]
    assert shown == {name: value for name, value in products(done).items() if name != "build.json"}


def test_more_tasks_continue_a_build_and_fewer_are_refused(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    build(replace(settings, tasks=4), tmp_path, recorded(settings), sandbox)
    with pytest.raises(InputError, match="a build of 4 tasks and cannot become one of 3"):
        build(replace(settings, tasks=3), tmp_path, recorded(settings), sandbox)
    summary = build(settings, tmp_path, recorded(settings), sandbox)
    assert summary.reused == 4
    assert products(tmp_path) == products(done)


def test_a_task_whose_endpoint_fails_is_left_and_made_by_the_next_run(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    summary = build(settings, tmp_path, Fussy(settings, "0:0", "0:8"), sandbox)
    assert sorted(summary.unfinished) == ["no answer for 0:0", "no answer for 0:8"]
    assert summary.verified + sum(count for _, count in summary.rejected) == 9
    assert sum(row.failed for row in summary.account) == 2
    assert build(settings, tmp_path, recorded(settings), sandbox).unfinished == ()
    assert products(tmp_path) == products(done)


def test_replies_on_their_way_are_kept_where_another_of_the_same_task_failed(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    class Slow(Fussy):
        async def complete(self, request: Request) -> Reply:
            if request.stage == "generator" and self.failing:
                raise TransientError("no generator")
            for _ in range(200):
                await asyncio.sleep(0)
            return await super().complete(request)

    one = replace(settings, tasks=1)
    first, second = Slow(settings, "nothing"), Slow(settings)
    assert build(one, tmp_path, first, sandbox).unfinished == ("no generator",)
    assert build(one, tmp_path, second, sandbox).unfinished == ()
    assert second.calls == 1


def test_an_endpoint_that_is_gone_stops_the_build(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    everything = Fussy(settings, *(f"0:{index}" for index in range(11)))
    with pytest.raises(TransientError, match="4 tasks in a row"):
        build(replace(settings, concurrency=2), tmp_path, everything, sandbox)


def test_a_broken_attempt_and_one_that_we_failed_to_judge_are_made_again(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    build(settings, tmp_path, recorded(settings), sandbox)
    folder = tmp_path / "attempts"
    attempts.path_of(folder, 3).write_text("{half a file")
    ours = attempts.read(folder, 0)
    assert ours is not None
    attempts.write(folder, replace(ours, outcome=Rejected(Reason.JUDGE_ERROR, "lost a worker")))
    model = Fussy(settings)
    summary = build(settings, tmp_path, model, sandbox)
    assert (summary.reused, model.calls) == (9, 0)
    assert products(tmp_path) == products(done)


def test_other_settings_need_another_folder(settings: Settings, sandbox: Sandbox, done: Path) -> None:
    before = files(done)
    with pytest.raises(InputError, match="built with other settings"):
        build(replace(settings, min_decided=5), done, recorded(settings), sandbox)
    assert files(done) == before


def test_a_build_that_made_nothing_yet_may_be_corrected(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    with claim(tmp_path, replace(settings, min_decided=5)):
        pass  # as if the first request had failed: a mistyped name of a model
    assert build(settings, tmp_path, recorded(settings), sandbox).tasks == settings.tasks


def test_the_settings_that_differ_are_named(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    other = replace(settings, min_decided=5, concurrency=3, seed=4)
    with pytest.raises(InputError, match=r"other settings \(min_decided, seed\), see"):
        build(other, done, recorded(settings), sandbox)
    pairs = tmp_path / "pairs.jsonl"
    pairs.write_text(Path(str(settings.pairs)).read_text() + "\n")
    with pytest.raises(InputError, match="other prompts or code-instruction pairs, see"):
        build(replace(settings, pairs=str(pairs)), done, recorded(settings), sandbox)


def test_what_an_older_program_made_is_made_again_from_the_replies_that_are_there(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(done, tmp_path / "out")
    for module in (settings_module, folder_module):
        monkeypatch.setattr(module, "REVISION", settings_module.REVISION + 1)
    model = Fussy(settings)
    summary = build(settings, tmp_path / "out", model, sandbox)
    assert (model.calls, summary.reused) == (0, 0)
    assert reasons(tmp_path / "out") == reasons(done)
    (before, *_), (after, *_) = (attempts.read_all(out / "attempts") for out in (done, tmp_path / "out"))
    assert before.settings != after.settings == digest(settings)
    with pytest.raises(InputError, match=r"other settings \(seed\), see"):
        build(replace(settings, seed=4), done, recorded(settings), sandbox)


@pytest.mark.parametrize(
    "text", [b"\xff", b"[]", b"{}", b'{"digest": "", "settings": 3}', b"[" * 10**6, b'{"settings": {}}']
)
def test_a_record_of_a_build_that_cannot_be_read_is_one_sentence(
    settings: Settings, sandbox: Sandbox, tmp_path: Path, text: bytes
) -> None:
    (tmp_path / "build.json").write_bytes(text)
    with pytest.raises(InputError, match=r"build\.json cannot be read: remove the folder"):
        build(settings, tmp_path, recorded(settings), sandbox)


def test_the_tree_of_another_build_is_not_taken(settings: Settings, sandbox: Sandbox, tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    small = replace(settings, tasks=1)
    build(small, one, recorded(settings), sandbox)
    build(replace(small, min_decided=5), other, recorded(settings), sandbox)
    (other / "features.json").replace(one / "features.json")
    with pytest.raises(InputError, match=r"features\.json is the tree of another build"):
        build(replace(small, tasks=2), one, recorded(settings), sandbox)


def test_attempts_without_the_ledger_that_paid_for_them_are_told(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    small = replace(settings, tasks=1)
    build(small, tmp_path, recorded(settings), sandbox)
    before = files(tmp_path / "attempts")
    (tmp_path / "ledger.sqlite").unlink()
    with pytest.raises(InputError, match=r"ledger\.sqlite holds no reply, but 1 attempts are finished"):
        build(small, tmp_path, recorded(settings), sandbox)
    assert files(tmp_path / "attempts") == before


def test_two_builds_in_one_folder_are_refused(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    code = "import fcntl, os, sys\nf = os.open(sys.argv[1], os.O_RDWR)\nfcntl.flock(f, fcntl.LOCK_EX)\n"
    code += "print('held', flush=True)\nsys.stdin.read()\n"
    command = [sys.executable, "-c", code, str(done / ".lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(InputError, match="Another build is working in"):
            build(settings, done, recorded(settings), sandbox)


def test_a_folder_that_cannot_be_made_is_one_sentence(settings: Settings, sandbox: Sandbox) -> None:
    with pytest.raises(InputError, match="cannot be used as the build's folder"):
        build(settings, Path("/proc/nowhere"), recorded(settings), sandbox)


RUN = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from pydantic import TypeAdapter
from synthsmith.builders.pipeline import build
from synthsmith.builders.recorded_model import RecordedModel
from synthsmith.builders.settings import Settings
from synthsmith.verification.sandbox import Sandbox

settings = TypeAdapter(Settings).validate_json(sys.argv[1])
with Sandbox(1) as box:
    build(settings, Path(sys.argv[2]), RecordedModel(Path(settings.pairs).parent), box,
          lambda done, total=None, what=None, spent=None: print(done, flush=True))
"""


def start(settings: Settings, out: Path) -> "subprocess.Popen[str]":
    shown = json.dumps({name: value for name, value in plain(settings).items() if name != "limits"})
    command = [sys.executable, "-c", RUN, shown, str(out), str(Path(__file__).parent)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_build_stopped_again_and_again_ends_with_the_same_bytes(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path, how: signal.Signals
) -> None:
    for lines in (1, 4, 2):
        with start(settings, tmp_path) as process:
            assert process.stdout is not None
            for _ in range(lines):
                process.stdout.readline()
            os.kill(process.pid, how)
            process.communicate(timeout=60)
        assert process.returncode != 0
    model = Fussy(settings)
    build(settings, tmp_path, model, sandbox)
    assert model.calls < 65
    assert products(tmp_path) == products(done)


def test_recorded_draws_come_in_another_order_with_another_seed(settings: Settings) -> None:
    assert draws(settings, 11) == tuple(f"0:{index}" for index in range(11))
    other = draws(replace(settings, seed=3), 11)
    assert sorted(other) == sorted(draws(settings, 11))
    assert other != draws(settings, 11)
    assert draws(replace(settings, seed=3, tasks=5), 11) == other[:5]
    with pytest.raises(InputError, match="12 tasks are asked for, but the recorded model holds 11"):
        draws(replace(settings, tasks=12), 11)


def test_live_draws_are_named_by_seed_and_place() -> None:
    assert draws(Settings(tasks=3, seed=7), None) == ("7:0", "7:1", "7:2")


def test_a_build_with_another_seed_uses_the_same_recordings(
    settings: Settings, sandbox: Sandbox, tmp_path: Path
) -> None:
    build(replace(settings, seed=3), tmp_path, recorded(settings), sandbox)
    assert sorted(map(str, reasons(tmp_path))) == sorted(str(reason) for _, reason in FUNNEL)


def test_settings_come_from_plain_values_and_unknown_keys_are_errors() -> None:
    adapter = TypeAdapter(Settings)
    value = {"tasks": 3, "models": {"solution": [{"name": "a"}, {"name": "b", "top_k": 20}]}}
    made = adapter.validate_python(value)
    assert [model.name for model in made.models.solution] == ["a", "b"]
    for wrong in (
        {"task": 3},
        {"tasks": 0},
        {"models": {"solver": {}}},
        {"models": {"task": {"nam": "x"}}},
        {"solutions": 2, "min_solutions": 3},
        {"models": {"task": {"extra_body": "[]"}}},
        {"models": {"solution": []}},
        {"models": {"task": {"temperature": float("inf")}}},
        {"models": {"task": {"extra_body": '{"a": NaN}'}}},
        {"tasks": 10**23},
        {"solutions": 10**23},
    ):
        with pytest.raises(ValidationError):
            adapter.validate_python(wrong)


def test_the_digest_of_settings_leaves_out_what_changes_no_attempt() -> None:
    one = Settings()
    here, there = (with_model(one, "m", url) for url in ("http://a", "http://b"))
    assert digest(one) == digest(replace(one, tasks=99, concurrency=3))
    assert digest(here) == digest(there)
    assert (
        len({digest(one), digest(here), digest(replace(one, seed=1)), digest(replace(one, min_decided=7))})
        == 4
    )


def test_of_pairs_the_contents_enter_the_digest_and_not_the_path(tmp_path: Path) -> None:
    for name, text in (("a", "x"), ("b", "x"), ("c", "y")):
        (tmp_path / name).write_text(text)
    a, b, c = (digest(Settings(pairs=str(tmp_path / name))) for name in "abc")
    assert a == b != c
    assert digest(Settings()) == digest(Settings(pairs=str(FOLDER / PAIRS)))
    with pytest.raises(InputError, match=r"nowhere: the code-instruction pairs cannot be read"):
        digest(Settings(pairs=str(tmp_path / "nowhere")))


def test_one_model_can_be_given_every_role() -> None:
    settings = with_model(Settings(models=Models(task=ModelSettings(temperature=0.1))), "m", "http://h/v1")
    assert {(model.name, model.base_url) for model in settings.models.all()} == {("m", "http://h/v1")}
    assert settings.models.task.temperature == 0.1
    assert Settings().recorded
    assert not settings.recorded


def test_the_switchboard_leaves_recorded_requests_off_the_network(settings: Settings) -> None:
    assert settings.pairs is not None
    board = Switchboard(settings, Path(settings.pairs).parent)
    assert board.draws == 11
    assert Switchboard(with_model(settings, "m", "http://h"), Path("/nowhere")).draws is None


texts = st.text(max_size=20)
names = st.text(min_size=1, max_size=8)
rates = st.floats(0, 1)
cases = st.builds(
    Case, names, texts, st.sampled_from(Kind), st.none() | texts, st.integers(1, 4), st.none() | texts
)
votes = st.builds(
    Vote, names, st.none() | texts, st.integers(0, 9), st.integers(0, 9), st.integers(0, 9), rates
)
answers = st.builds(Answer, texts, st.integers(0, 1 << 30), st.none() | st.booleans())
certificates = st.builds(
    Certificate,
    st.lists(votes, max_size=2).map(tuple),
    st.integers(0, 9),
    st.dictionaries(names, rates, max_size=2),
    st.dictionaries(names, st.integers(0, 99), max_size=2),
    st.dictionaries(names, rates, max_size=2),
    st.lists(names, max_size=2).map(tuple),
    isolated=st.none() | st.booleans(),
    anchors=st.lists(st.builds(Anchor, names, names, st.none() | st.booleans()), max_size=2).map(tuple),
    ballots=st.none()
    | st.builds(
        Ballots,
        st.lists(st.lists(answers, max_size=2).map(tuple), max_size=2).map(tuple),
        st.dictionaries(
            names, st.lists(st.integers(0, 9) | st.sampled_from(Status), max_size=2).map(tuple), max_size=2
        ),
    ),
)
outcomes = st.one_of(
    st.builds(Verified, names, rates, st.lists(cases, max_size=2).map(tuple), certificates),
    st.builds(Rejected, st.sampled_from(Reason), texts, st.none() | certificates),
)
signatures = st.builds(
    Signature, names, st.lists(st.builds(Parameter, names, texts), max_size=2).map(tuple), texts, texts
)
tasks = st.builds(
    Task, names, names, texts, st.lists(names, max_size=2).map(tuple), st.none() | signatures, texts
)
made_attempts = st.builds(
    Attempt,
    st.integers(0, 10**7),
    names,
    names,
    st.lists(names, max_size=2).map(tuple),
    st.none() | tasks,
    outcomes,
    st.lists(
        st.builds(Solution, names, texts, reply=texts, model=texts, purpose=st.sampled_from(Purpose)),
        max_size=2,
    ).map(tuple),
    st.lists(cases, max_size=2).map(tuple),
    st.lists(st.builds(Unread, names, st.integers(0, 9), texts, texts, texts), max_size=2).map(tuple),
    st.lists(st.builds(Dropped, names, texts, texts), max_size=2).map(tuple),
    texts,
    provenance=st.none()
    | st.builds(
        Provenance,
        names,
        st.dictionaries(names, names, max_size=2),
        st.lists(st.builds(Answering, names, names, st.lists(names, max_size=2).map(tuple)), max_size=2).map(
            tuple
        ),
    ),
)


@given(made_attempts)
def test_an_attempt_comes_back_from_json_as_it_was(attempt: Attempt) -> None:
    text = attempts.to_json(attempt)
    assert attempts.from_json(text) == attempt
    assert attempts.to_json(attempts.from_json(text)) == text


def test_an_attempt_from_before_isolation_provenance_and_ballots_were_recorded_claims_none() -> None:
    kept = json.loads(attempts.to_json(made()[0]))
    for name in ("isolated", "sandbox", "ballots"):
        del kept["outcome"]["certificate"][name]
    del kept["provenance"]
    old = attempts.from_json(json.dumps(kept))
    assert old.outcome.certificate is not None
    proof = old.outcome.certificate
    assert (proof.isolated, proof.sandbox, proof.ballots) == (None, None, None)
    assert old.provenance is None
    [row, *_] = VIEWS["attempts"](old)
    assert json.loads(str(row["certificate"]))["provenance"] is None
    assert row["ballots"] is None


def test_what_a_task_was_made_of_hangs_on_no_setting_that_did_not_go_into_it(
    settings: Settings, sandbox: Sandbox, done: Path, tmp_path: Path
) -> None:
    others = replace(settings, tasks=1, min_decided=2, limits=replace(settings.limits, memory_mb=256))
    build(others, tmp_path / "out", recorded(settings), sandbox)
    first, again = (next(attempts.read_all(out / "attempts")) for out in (done, tmp_path / "out"))
    assert first.settings != again.settings
    assert first.provenance == again.provenance
    assert first.provenance is not None
    assert first.provenance.templates == {name: template_digest(name) for name in PROMPTED}


def test_attempts_lie_in_folders_of_a_thousand() -> None:
    paths = [attempts.path_of(Path("a"), index).as_posix() for index in (0, 999, 1000)]
    assert paths == ["a/00000/00000000.json", "a/00000/00000999.json", "a/00001/00001000.json"]


def test_the_tree_of_a_build_comes_back_from_its_file(done: Path) -> None:
    text = (done / "features.json").read_text()
    grown, settings = from_text(text)
    assert to_text(grown, settings) == text
    assert "search" in grown.tree.children["algorithm"].children
    assert "search" not in grown.extracted.children["algorithm"].children
    for broken in ("{}", "[]", "{", '{"extracted": "x", "tree": "[", "unread": []}'):
        with pytest.raises(ValueError, match=r"Expecting|not a"):
            from_text(broken)
