"""`synthsmith evaluate` as its users meet it: a real model server, kills, caps, one sentence for errors."""

import json
import subprocess
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
from command import COMMAND, FEWER, LONGEST_SECONDS, environment, sentence, synthsmith
from hub import ID, Hub
from hub_server import serving as serving_hub
from killing import kill, recorded, running, wait_until
from made_benchmarks import completions, humaneval, livecodebench
from made_foreign import lines, parquet, read
from model_server import model_serving
from served import Canned, Served, serving
from synthsmith.verification.errors import InputError

from synthsmith.cli.evaluate import evaluate

SAMPLES = 3


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Canned) as found:
        yield found


def test_a_served_model_gets_the_verdicts_that_its_build_came_to(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a verified task the candidates were labelled by their own vote: right is who passes all of it."""
    settings = tmp_path / "settings.yaml"
    settings.write_text(
        "prices: {any: {prompt: 1, completion: 2}}\n"
        "models: {proxies: [{name: other}]}\nverification: {solvable_by: other}\n"
    )
    with model_serving() as server:
        words = {"model": "any", "base_url": server.url, "samples": SAMPLES, "settings": settings}
        evaluate(str(small), tmp_path, **words, k=[1], resamples=50)
    assert "questions" in capsys.readouterr().out
    rows = pq.read_table(small / "dataset/rl").to_pylist()
    rates = {row["task_id"]: json.loads(row["certificate"])["pass_rates"] for row in rows}
    judged = read(tmp_path / "samples.jsonl")
    assert len(judged) == SAMPLES * len(rows) > 0
    for line in judged:
        rate = list(rates[str(line["id"])].values())[int(str(line["sample"]))]
        assert (line["verdict"] == "AC") == (rate == 1.0), line
    results = told(tmp_path)
    right = sum(line["verdict"] == "AC" for line in judged)
    assert results["overall"]["scores"]["pass@1"]["value"] == pytest.approx(right / len(judged))
    assert results["replies"]["told"] == len(judged)
    assert results["usd"] > 0


def test_a_killed_evaluation_goes_on_and_asks_and_judges_nothing_twice(
    tmp_path: Path, served: Served
) -> None:
    out, file = tmp_path / "out", tmp_path / "out/samples.jsonl"
    benchmark, endpoint = rows(tmp_path, 6), served.url
    words = ("evaluate", benchmark, "--model", "m", "--base-url", endpoint, "--samples", "4")
    reached = served.alarm_after(5)
    with running(*words, "--out", out, "--concurrency", "1") as process:
        assert wait_until(reached.is_set, process)
        served.gate.clear()
        with pytest.raises(InputError, match="Another evaluation is working in"):
            evaluate(str(benchmark), out, model="m", base_url=endpoint, samples=4)
        kill(process, tree=False)
    served.gate.set()
    paid, before = recorded(out), len(served.asked)
    assert 4 <= len(paid) < 24
    with running(*words, "--out", out) as process:
        assert wait_until(lambda: file.exists() and file.stat().st_size > 0, process)
        kill(process, tree=False)
    asked, kept = len(served.asked), whole_lines(file)
    assert asked - before == 24 - len(paid)
    assert not paid & set(served.asked[before:])
    assert 4 <= len(kept) < 24
    evaluate(str(benchmark), out, model="m", base_url=endpoint, samples=4)
    assert len(served.asked) == asked
    assert (whole_lines(file)[: len(kept)], len(whole_lines(file))) == (kept, 24)
    assert told(out)["overall"]["verdicts"] == {"AC": 24}
    assert told(out)["answerer"]["model"] == "m"


def test_a_cap_stops_before_more_is_spent(
    tmp_path: Path, served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        evaluate(str(rows(tmp_path, 1)), tmp_path / "out", model="m", base_url=served.url, max_tokens=100)
    assert ended.value.exit_code == 1
    assert "not finished: the cap of 100 tokens is reached" in capsys.readouterr().out
    assert served.asked == []


def test_wrong_use_is_one_sentence(tmp_path: Path) -> None:
    path, out = str(lines(tmp_path / "lcb.jsonl", livecodebench("a", day="soon"))), tmp_path / "out"
    answers = lines(tmp_path / "answers.jsonl", {"id": "a", "response": "x"})
    with pytest.raises(InputError, match="give either --model"):
        evaluate(path, out)
    with pytest.raises(InputError, match="--base-url needs the name"):
        evaluate(path, out, settings=FEWER, base_url="http://127.0.0.1:1/v1")
    with pytest.raises(InputError, match="--top-p has no meaning with --generations"):
        evaluate(path, out, generations=answers, top_p=0.5)
    with pytest.raises(InputError, match=r"lcb.jsonl, line 1 .*--from and --to need a date, not 'soon"):
        evaluate(path, out, generations=answers, since=datetime(2024, 1, 1))
    with pytest.raises(InputError, match="--compare takes two folders"):
        evaluate(path, out, compare=(out, out))
    assert "give a BENCHMARK and --out" in sentence(synthsmith("evaluate"))


def test_a_benchmark_on_the_hub_is_read_at_its_commit_from_its_split_test(tmp_path: Path) -> None:
    data = parquet(tmp_path / "he.parquet", humaneval()[0]).read_bytes()
    card = (
        b"---\nconfigs:\n- config_name: main\n  data_files:\n  - split: test\n    path: data/*.parquet\n---\n"
    )
    answers = lines(tmp_path / "answers.jsonl", completions()[0])
    hub = Hub()
    head = hub.hold(ID, {"README.md": card, "data/a.parquet": data}).head
    with serving_hub(hub) as url:
        done = subprocess.run(
            [*COMMAND, "evaluate", ID, "--generations", answers, "--out", tmp_path / "out"],
            env=environment(HF_ENDPOINT=url, HF_HOME=str(tmp_path / "home"), HF_HUB_OFFLINE="0"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=LONGEST_SECONDS,
        )
    assert done.returncode == 0, done.stderr
    assert told(tmp_path / "out")["benchmark"]["revision"] == head
    assert told(tmp_path / "out")["overall"]["verdicts"] == {"AC": 1}


def rows(folder: Path, count: int) -> Path:
    """A benchmark of so many questions: double a number."""
    tests = [{"input": f"{n}\n", "output": f"{2 * n}\n"} for n in (3, 4)]
    made = [{"id": n, "statement": f"Double it, {n}.", "tests": tests} for n in range(count)]
    return lines(folder / "rows.jsonl", *made)


def whole_lines(path: Path) -> list[bytes]:
    return [line for line in path.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]


def told(out: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((out / "results.json").read_text())
    return found
