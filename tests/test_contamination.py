"""Benchmarks that nothing may overlap with: read in their own layouts, and removed from a data set for."""

import gzip
import json
import random
import socket
import subprocess
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command import COMMAND, FEWER, environment, sentence, synthsmith
from datasets import load_dataset
from hypothesis import given, settings
from hypothesis import strategies as st
from made_attempts import made, write_made
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.duplicates import (
    Benchmark,
    Item,
    Release,
    Removal,
    Search,
    benchmark_at,
    with_commits,
)
from synthsmith.builders.duplicates.overlap import FEW, SHARED
from synthsmith.builders.duplicates.reading import check_readable, items
from synthsmith.builders.folder import claim, release_of
from synthsmith.builders.hf_builders import load_builder
from synthsmith.builders.settings import Settings
from synthsmith.cards.card import Edition, Provenance
from synthsmith.cards.repository import make_dataset
from synthsmith.verification.errors import InputError
from synthsmith.verification.types import Language
from test_duplicates import SIEVE, changed, renamed, told

TEXTS = [told(random.Random(number)) for number in range(40)]


def rows_file(folder: Path, *rows: object, name: str = "benchmark.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def overlapping(path: Path, *texts: str, overlap: float = 0.5, code: str = "") -> list[Removal]:
    release = Release(overlap=overlap, benchmarks=(Benchmark(path=str(path)),))
    with Search(release) as search:
        for place, text in enumerate(texts):
            search.add(Item(place, f"t{place}", text, ((Language.PYTHON, code),) if code else ()))
        return search.removals()


def test_a_statement_inside_a_longer_one_is_found_and_named(tmp_path: Path) -> None:
    path = rows_file(tmp_path, {"id": "a/1", "statement": TEXTS[0]}, {"id": "a/2", "statement": TEXTS[1]})
    [removed] = overlapping(path, TEXTS[2], f"{TEXTS[3]} {TEXTS[1]} {TEXTS[4]}")
    assert (removed.place, removed.reason, removed.twin) == (1, "contaminated", "a/2")
    assert removed.benchmark == "benchmark.jsonl"
    assert removed.detail == "the statement overlaps with that of the row a/2 of benchmark.jsonl (1.00)"


def test_a_short_statement_must_be_there_in_full(tmp_path: Path) -> None:
    short = " ".join(TEXTS[0].split()[: SHARED + 2])
    path = rows_file(tmp_path, {"id": 1, "statement": short})
    assert len(overlapping(path, f"{TEXTS[1]} {short} {TEXTS[2]}")) == 1
    assert overlapping(path, f"{TEXTS[1]} {short.rpartition(' ')[0]} {TEXTS[2]}") == []
    tiny = rows_file(tmp_path, {"id": 1, "statement": " ".join(short.split()[:7])}, name="tiny.jsonl")
    assert overlapping(tiny, short) == []


@settings(max_examples=8)
@given(st.floats(0.1, 1), st.floats(0.1, 1), st.integers(0, 99))
def test_a_higher_share_removes_no_more(
    tmp_path_factory: pytest.TempPathFactory, a: float, b: float, seed: int
) -> None:
    path = rows_file(tmp_path_factory.mktemp("b"), *({"id": n, "statement": TEXTS[n]} for n in range(3)))
    rng = random.Random(seed)
    ours = [changed(rng, TEXTS[n % 3], share) for n, share in enumerate((0, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8))]
    fewer, more = (
        {each.place for each in overlapping(path, *ours, overlap=t)} for t in (max(a, b), min(a, b))
    )
    assert fewer <= more


@pytest.mark.parametrize("whose", ["the benchmark's", "ours"])
def test_what_is_common_in_many_rows_is_no_overlap(tmp_path: Path, whose: str) -> None:
    common, many = TEXTS[0], FEW + 1
    long = [f"{TEXTS[n % 40]} {told(random.Random(100 + n), 60)}" for n in range(many)]
    said = [f"{common} {text}" for text in long]
    theirs = said if whose == "the benchmark's" else said[:1]
    path = rows_file(tmp_path, *({"id": n, "statement": text} for n, text in enumerate(theirs)))
    ours = [f"{common} {told(random.Random(500 + n))}" for n in range(many if whose == "ours" else 1)]
    assert overlapping(path, *ours) == []
    alone = rows_file(tmp_path, {"id": 0, "statement": said[0]}, name="alone.jsonl")
    assert len(overlapping(alone, f"{common} {told(random.Random(700))}", overlap=0.3)) == 1


def test_a_solution_of_a_benchmark_is_found_under_other_names(tmp_path: Path) -> None:
    row = {
        "id": 7,
        "statement": TEXTS[0],
        "submissions": [{"name": "a", "language": "python", "code": SIEVE}],
    }
    [removed] = overlapping(rows_file(tmp_path, row), TEXTS[1], code=renamed(SIEVE))
    assert (removed.evidence, removed.twin, removed.score) == ("program", "7", 1.0)


def test_what_is_like_a_contaminated_row_before_it_is_contaminated_through_it(tmp_path: Path) -> None:
    path = rows_file(tmp_path, {"id": "q", "statement": TEXTS[0]})
    half = [*TEXTS[0].split()[:62], *TEXTS[1].split()[:58]]  # shares a little more than half
    near = [*half[:30], "another", *half[31:]]  # and this one a little less
    first, second = overlapping(path, " ".join(half), " ".join(near))
    assert (first.through, second.through) == (None, "t0")
    assert (second.reason, second.twin, second.benchmark) == ("contaminated", "q", "benchmark.jsonl")


JSON_PROGRAMS = json.dumps([SIEVE, "print(1)"])
LAYOUTS = {
    "humaneval": {"task_id": "H/0", "prompt": TEXTS[0], "canonical_solution": "    return 1\n", "test": ""},
    "mbpp": {"task_id": 11, "text": TEXTS[0], "code": SIEVE, "test_list": ["assert f(1)"]},
    "livecodebench": {"question_id": "abc", "question_content": TEXTS[0], "public_test_cases": "[]"},
    "apps": {"problem_id": 3, "question": TEXTS[0], "solutions": JSON_PROGRAMS, "input_output": "{}"},
    "taco": {"question": TEXTS[0], "solutions": JSON_PROGRAMS, "input_output": "{}"},
    "codecontests": {
        "name": "c_1",
        "description": TEXTS[0],
        "public_tests": {"input": [], "output": []},
        "solutions": {"language": [3, 2, 4], "solution": [SIEVE, "int main(){}", "class A{}"]},
    },
    "kodcode": {"question_id": "k", "question": TEXTS[0], "solution": SIEVE, "test": ""},
    "sft": {"task_id": "s", "query": TEXTS[0], "response": f"So\n```python\n{SIEVE}```\n"},
}  # fmt: skip

NAMES = dict(zip(LAYOUTS, ("H/0", "11", "abc", "3", "row 1", "c_1", "k", "s"), strict=True))


@pytest.mark.parametrize("form", ["jsonl", "gz", "parquet"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_benchmarks_are_known_by_their_columns(tmp_path: Path, layout: str, form: str) -> None:
    row, path = LAYOUTS[layout], tmp_path / f"b.{form}"
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist([row]), path)
    else:
        data = (json.dumps(row) + "\n").encode()
        path.write_bytes(gzip.compress(data) if form == "gz" else data)
    [item] = items(Benchmark(path=str(path)))
    assert [item] == list(items(Benchmark(path=str(path), layout=layout)))
    assert item.statement == TEXTS[0]
    assert item.name == NAMES[layout]
    counts = {"livecodebench": 0, "apps": 2, "taco": 2, "codecontests": 2}
    assert len(item.programs) == counts.get(layout, 1)
    if layout == "humaneval":
        assert item.programs == ((Language.PYTHON, TEXTS[0] + "    return 1\n"),)


def test_columns_of_ones_own_are_named(tmp_path: Path) -> None:
    path = rows_file(tmp_path, {"question text": "a b", "answers": ["x = 1", "x = 2"], "nr": 5})
    own = Benchmark(path=str(path), statement="question text", programs="answers", id="nr")
    assert list(items(own)) == [Item(0, "5", "a b", ((Language.PYTHON, "x = 1"), (Language.PYTHON, "x = 2")))]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('{"a": 1}', r"line 1: the layout is not known by its columns \(a\)"),
        (
            '{"prompt": "p", "canonical_solution": "c"}\n{"prompt": "p"}',
            "line 2: there is no column canonical",
        ),
        ('{"statement": 3}', "field statement must be a text, not 3"),
        ("{", "line 1: not JSON"),
        ("[]", "line 1: list instead of an object"),
        ('{"statement": "s", "submissions": 4}', "field submissions must hold programs, not 4"),
    ],
)
def test_a_benchmark_that_cannot_be_read_stops_the_search(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "b.jsonl"
    path.write_text(line)
    with pytest.raises(InputError, match=said):
        Search(Release(benchmarks=(Benchmark(path=str(path)),)))


def test_an_empty_benchmark_is_none(tmp_path: Path) -> None:
    path = rows_file(tmp_path)
    with pytest.raises(InputError, match="a benchmark without rows is none"):
        check_readable(Release(benchmarks=(Benchmark(path=str(path)),)))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "either a path or the id"),
        ({"path": "a", "hub": "a/b"}, "either a path or the id"),
        ({"hub": "a b"}, "hub must be like owner/name"),
        ({"path": "a", "split": "test"}, "split is for data sets on the Hub"),
        ({"path": "a", "layout": "codeforces"}, "layout 'codeforces' is not known"),
        ({"path": "a", "layout": "mbpp", "statement": "s"}, "not both"),
        ({"path": "a", "programs": "p"}, "name that, too"),
    ],
)
def test_a_benchmark_is_named_in_one_way(asked: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Benchmark(**asked)


def test_two_benchmarks_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="two benchmarks are called"):
        Release(benchmarks=(Benchmark(path="a/test.jsonl"), Benchmark(path="b/test.jsonl")))


def test_the_commits_of_the_hub_stay_those_with_which_the_build_began() -> None:
    asked = Benchmark(hub="acme/bench", revision="main")
    known = replace(asked, commit="0" * 40)
    assert with_commits(Release(benchmarks=(asked,)), Release(benchmarks=(known,))).benchmarks == (known,)
    assert benchmark_at("acme/bench") == Benchmark(hub="acme/bench")
    assert benchmark_at("acme/bench.jsonl") == Benchmark(path="acme/bench.jsonl")


def stated(attempt: Attempt, statement: str) -> Attempt:
    """The attempt with another statement."""
    assert attempt.task is not None
    return replace(attempt, task=replace(attempt.task, statement=statement, id=f"id-{attempt.index}"))


def attempts() -> tuple[Attempt, ...]:
    """Verified: 0, 2 (a near-copy of 0), 5 (of a benchmark), 6 (of 3). 3 is unverified, and copied by 7."""
    hard, unread, easy, split, few, copied, flawed = made()
    rng = random.Random(9)
    third = stated(split, TEXTS[2])
    return (
        stated(hard, TEXTS[0]),
        unread,
        stated(easy, changed(rng, TEXTS[0], 0.05)),
        third,
        stated(few, TEXTS[0] + " x"),
        stated(copied, f"{TEXTS[1]} {TEXTS[7]}"),
        stated(flawed, changed(rng, TEXTS[2], 0.05)),
        replace(third, index=7, draw="0:7"),
    )


def release_with(folder: Path, **more: float) -> Release:
    path = rows_file(folder, {"id": "B/1", "statement": TEXTS[1]}, {"id": "B/2", "statement": "too short"})
    return Release(benchmarks=(Benchmark(path=str(path)),), **more)  # type: ignore[arg-type]


def publish(build: Path, release: Release) -> dict[str, tuple[str | None, str | None]]:
    """Reason and detail of every attempt, as published."""
    make_dataset(build, Provenance(Settings(release=release), (), "0.1.0"), Edition())
    rows = pq.read_table(build / "dataset" / "attempts").to_pylist()
    return {row["draw"]: (row["reason"], row["detail"]) for row in rows}


def test_a_data_set_is_without_what_was_found_and_lists_it(tmp_path: Path) -> None:
    build = tmp_path / "build"
    write_made(build, attempts())
    before = {path: path.read_bytes() for path in (build / "attempts").rglob("*.json")}
    reasons = publish(build, release_with(tmp_path))
    assert [reasons[f"0:{n}"][0] for n in range(8)] == [
        None,
        "design_unreadable",
        "duplicate",
        "duplicate",
        "too_few_solutions",
        "contaminated",
        None,
        "duplicate",
    ]
    listed = [json.loads(line) for line in (build / "dataset" / "removed.jsonl").read_text().splitlines()]
    assert [(row["draw"], row["evidence"], row["twin"], row["through"]) for row in listed] == [
        ("0:2", "statement", "0:0", None),
        ("0:3", "statement", "0:6", None),  # the verified one stands, though it came later
        ("0:5", "statement", "B/1", None),
        ("0:7", "copy", "0:6", "0:3"),
    ]
    assert [row["task_id"] for row in listed] == ["id-2", "id-3", "id-5", "id-3"]
    assert listed[2]["benchmark"] == "benchmark.jsonl"
    assert reasons["0:5"][1] == "the statement overlaps with that of the row B/1 of benchmark.jsonl (1.00)"
    rl = load_dataset(str(build / "dataset"), "rl", split="train", cache_dir=str(tmp_path / "cache"))
    assert sorted(rl["task_id"]) == ["id-0", "id-6"]
    text = " ".join((build / "dataset" / "README.md").read_text(encoding="utf-8").split())
    assert "The 6 tasks that have rows" not in text  # without the copy
    assert "The 5 tasks that would have rows were compared" in text
    assert "| 2 | 1 | 0 | 1 |" in text  # rows, statements and programs compared, removed
    assert "| `contaminated` | a statement that is like it | 1 |" in text
    assert "No benchmark was named" not in text
    assert {path: path.read_bytes() for path in before} == before


def test_other_thresholds_or_benchmarks_give_another_data_set_of_the_same_attempts(tmp_path: Path) -> None:
    build = tmp_path / "build"
    write_made(build, attempts())
    usual = publish(build, release_with(tmp_path))
    loose = publish(build, Release(near_statements=None, near_programs=None))
    assert [draw for draw in usual if usual[draw] != loose[draw]] == ["0:2", "0:3", "0:5", "0:7"]
    assert loose["0:7"] == ("duplicate", "the statement is that of the draw 0:3")
    text = (build / "dataset" / "README.md").read_text(encoding="utf-8")
    assert "Near-duplicates were not looked for" in text
    assert "No benchmark was named" in text
    assert publish(build, release_with(tmp_path)) == usual
    rows_file(
        tmp_path, {"id": "B/9", "statement": TEXTS[8]}
    )  # the file of the same name now holds other rows
    assert (
        publish(build, Release(benchmarks=(Benchmark(path=str(tmp_path / "benchmark.jsonl")),)))["0:5"][0]
        is None
    )


def test_a_build_goes_on_with_another_release_and_its_builder_takes_it_over(tmp_path: Path) -> None:
    build, release = tmp_path / "build", release_with(tmp_path)
    with claim(build, Settings()):
        write_made(build, attempts())
    assert release_of(build) == Release()
    with claim(build, Settings(release=release)):
        pass
    assert release_of(build) == release
    builder = load_builder("rl", build, cache_dir=tmp_path / "cache")
    assert {row["task_id"] for row in builder.as_streaming_dataset(split="train")} == {"id-0", "id-6"}


def test_the_command_lists_what_it_finds_and_says_so_by_its_exit_status(tmp_path: Path) -> None:
    benchmark = rows_file(tmp_path, {"id": "B/1", "statement": TEXTS[1]})
    data = rows_file(
        tmp_path, *({"id": n, "statement": text} for n, text in enumerate(TEXTS[:3])), name="d.jsonl"
    )
    done = synthsmith("decontaminate", data, "--benchmark", benchmark)
    [line] = done.stdout.splitlines()
    assert (done.status, json.loads(line)["twin"]) == (1, "B/1")
    assert "3 tasks: 1 contaminated by statement" in done.stderr
    out = tmp_path / "list.jsonl"
    done = synthsmith("decontaminate", data, "--out", out)
    assert (done.status, out.read_text()) == (0, "")
    assert "nothing found" in done.stderr
    assert "overlap was not looked for" in done.stderr
    missing = synthsmith("decontaminate", data, "--benchmark", tmp_path / "none.jsonl")
    assert missing.status == 2
    assert "none.jsonl: cannot be read" in missing.stderr


def test_the_command_speaks_of_its_own_options_where_columns_tell_nothing(tmp_path: Path) -> None:
    odd = rows_file(tmp_path, {"text": TEXTS[0]}, name="odd.jsonl")
    plain = rows_file(tmp_path, {"statement": TEXTS[0]}, name="plain.jsonl")
    seen = f"{odd}, line 1: the layout is not known by its columns (text); "
    said = sentence(synthsmith("decontaminate", odd))
    assert said == f"{seen}name the column of the statements with --statement."
    said = sentence(synthsmith("decontaminate", plain, "--benchmark", odd))
    assert said.startswith(f"{seen}rows of a --benchmark need the columns of one of ")
    assert "settings" not in said
    assert synthsmith("decontaminate", odd, "--statement", "text").status == 0
    none = tmp_path / "none.jsonl"
    assert sentence(synthsmith("decontaminate", none)).endswith("give a readable file of rows")


def test_half_a_surrogate_pair_in_an_id_ends_nothing(tmp_path: Path) -> None:
    benchmark = rows_file(tmp_path, {"id": "B\ud800", "statement": TEXTS[1] + "\ud800"})
    data = rows_file(tmp_path, {"id": "a\ud800", "statement": TEXTS[1]}, name="d.jsonl")
    done = synthsmith("decontaminate", data, "--benchmark", benchmark, "--out", tmp_path / "list.jsonl")
    assert (done.status, done.stderr.count("Traceback")) == (1, 0)
    told = json.loads((tmp_path / "list.jsonl").read_text())
    assert (told["draw"], told["twin"]) == ("a?", "B?")


def test_a_finished_build_is_published_anew_without_what_a_benchmark_has(
    copied: Path, tmp_path: Path
) -> None:
    rows = pq.read_table(copied / "dataset" / "attempts").to_pylist()
    chosen = next(row for row in rows if row["verdict"] == "verified")
    path = rows_file(tmp_path, {"task_id": 1, "text": chosen["statement"], "code": "", "test_list": []})
    done = synthsmith("build", FEWER, "--out", copied, "--benchmark", path)
    assert done.status == 0, done.stderr
    assert "1 rejected: contaminated" in done.stdout
    [line] = (copied / "dataset" / "removed.jsonl").read_text().splitlines()
    assert json.loads(line)["draw"] == chosen["draw"]
    assert json.loads((copied / "build.json").read_bytes())["settings"]["release"]["benchmarks"]
    missing = synthsmith("build", FEWER, "--out", copied, "--benchmark", tmp_path / "none.jsonl")
    assert (missing.status, "none.jsonl" in missing.stderr) == (2, True)


def test_a_hub_that_cannot_be_reached_is_told_in_a_sentence(tmp_path: Path) -> None:
    data = rows_file(tmp_path, {"id": 1, "statement": TEXTS[0]})
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        done = subprocess.run(
            [*COMMAND, "decontaminate", str(data), "--benchmark", "acme/bench"],
            env=environment(HF_ENDPOINT=address, HF_HUB_OFFLINE="0", HF_HOME=str(tmp_path / "home")),
            capture_output=True,
            text=True,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("synthsmith: acme/bench: the Hub gives no such data set")
    assert len(done.stderr.splitlines()) == 1
