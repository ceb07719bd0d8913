"""Reading code-instruction pairs: every form of file, what is wrong with a row, and what the digest holds."""

import gzip
import json
import tracemalloc
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from synthsmith.builders.pairs import Pair, PairSource
from synthsmith.builders.reading import Reading, examine
from synthsmith.builders.settings import Settings, digest
from synthsmith.verification.errors import InputError

from synthsmith.config import load_settings

GOOD = {"id": "a", "instruction": "i", "code": "c"}
PAIR = Pair("a", "i", "c")


def lines(path: Path, *rows: Mapping[str, object] | str) -> PairSource:
    """A file of these rows, as objects or as they are, read with ids."""
    text = "".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in rows)
    path.write_text(text, encoding="utf-8")
    return PairSource(path=str(path), id="id")


@pytest.mark.parametrize("form", ["pairs.jsonl", "pairs.jsonl.gz", "pairs.parquet", "odd name"])
def test_pairs_are_read_from_lines_gzipped_lines_and_parquet_whatever_the_file_is_called(
    tmp_path: Path, form: str
) -> None:
    rows = [{"number": i, "question": f"q{i}", "solutions": [f"s{i}", "other"]} for i in range(700)]
    path = tmp_path / form
    if form == "pairs.parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=300)
    else:
        data = "\n".join(map(json.dumps, rows)).encode()
        path.write_bytes(gzip.compress(data) if form.endswith("gz") else data)
    source = PairSource(path=str(path), id="number", instruction="question", code="solutions", limit=600)
    assert tuple(Reading(source)) == tuple(Pair(str(i), f"q{i}", f"s{i}") for i in range(600))
    assert examine(source) == 600


def test_a_pattern_means_all_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a"):
        lines(tmp_path / f"{name}.jsonl", {"instruction": name, "code": "c"})
    source = PairSource(path=f"{tmp_path}/*.jsonl")
    assert [(pair.instruction, pair.id) for pair in Reading(source)] == [
        ("a", "a.jsonl: row 1"),
        ("b", "b.jsonl: row 1"),
    ]
    with pytest.raises(InputError, match=r"\*\.txt: no file is called like that"):
        tuple(Reading(PairSource(path=f"{tmp_path}/*.txt")))


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "line 2: not JSON"),
        ("[]", "line 2: list instead of an object"),
        ('{"id": "b", "instruction": "i"}', "line 2: the field 'code' must be"),
        ('{"id": "b", "instruction": "i", "code": []}', "line 2: the field 'code' must be"),
        ('{"id": true, "instruction": "i", "code": "c"}', "line 2: the field 'id' must be"),
        ('{"id": "b", "instruction": " ", "code": "c"}', "line 2: the field 'instruction' must be"),
        ('{"id": "b", "instruction": "\\ud800", "code": "c"}', "line 2: the field 'instruction' has half"),
        ('{"id": ' + "1" * 5000 + "}", "line 2: not JSON"),
        ('{"id": "a", "instruction": "i", "code": "c"}', "the id 'a' is there twice"),
    ],
)
def test_a_broken_row_is_refused_with_file_line_and_field(tmp_path: Path, line: str, said: str) -> None:
    source = lines(tmp_path / "pairs.jsonl", GOOD, line)
    with pytest.raises(InputError, match=rf"pairs\.jsonl, .*{said}"):
        tuple(Reading(source))


def test_bad_rows_are_counted_by_reason_with_the_first_of_each_where_the_user_says_so(tmp_path: Path) -> None:
    path = tmp_path / "pairs.jsonl"
    lines(path, "{", GOOD, "[", {"id": "b", "instruction": "", "code": "c"}, GOOD)
    reading = Reading(PairSource(path=str(path), id="id", bad_rows="skip"))
    assert tuple(reading) == (PAIR,)
    assert [(reason, number) for reason, (number, _) in reading.skipped.items()] == [
        ("not JSON", 2),
        ("the field 'instruction' must be a text that is not empty", 1),
        ("the id is that of an earlier row", 1),
    ]
    assert reading.skipped["not JSON"][1].startswith(f"{path}, line 1: not JSON (Expecting")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere\.jsonl: cannot be read"):
        tuple(Reading(PairSource(path=str(tmp_path / "nowhere.jsonl"))))


def test_a_gzipped_file_that_is_cut_short_says_after_which_line(tmp_path: Path) -> None:
    data = gzip.compress("".join(json.dumps({**GOOD, "id": str(i)}) + "\n" for i in range(9999)).encode())
    path = tmp_path / "pairs.jsonl.gz"
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"pairs\.jsonl\.gz: cannot be read after line \d{3,} \("):
        tuple(Reading(PairSource(path=str(path), id="id")))


def test_a_parquet_file_without_the_column_says_which_there_are(tmp_path: Path) -> None:
    path = tmp_path / "pairs.parquet"
    pq.write_table(pa.table({"question": ["q"], "answer": ["a"]}), path)
    with pytest.raises(InputError, match="there is no column 'instruction'; there are question, answer"):
        tuple(Reading(PairSource(path=str(path))))


def test_memory_does_not_grow_with_the_number_of_pairs(tmp_path: Path) -> None:
    def peak(number: int) -> int:
        path = tmp_path / f"{number}.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for i in range(number):
                file.write(json.dumps({"id": f"id {i}", "instruction": "i" * 2000, "code": "c"}) + "\n")
        tracemalloc.start()
        count = sum(1 for _ in Reading(PairSource(path=str(path), id="id")))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert count == number
        return most

    assert peak(20_000) < peak(2_000) + 1_000_000  # the instructions alone would be 36 MB


# Settings


def config(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pairs: {path: a, hub: b/c}", "pairs: pairs must have either a path or the id of a data set"),
        ("pairs: {limit: 3}", "pairs: pairs must have either a path or"),
        ("pairs: {path: a, limt: 3}", r"pairs\.limt is not a setting; did you mean limit\?"),
        ("pairs: {path: a, limit: 0}", r"pairs\.limit: Input should be greater than or equal to 1, not 0"),
        ("pairs: {path: a, split: train}", "pairs: split is for data sets on the Hub, not for a path"),
        ("pairs: {hub: 'a b'}", "pairs: hub must be like owner/name, not 'a b'"),
        (
            "pairs: {path: a, bad_rows: drop}",
            r"pairs\.bad_rows: Input should be 'error' or 'skip', not 'drop'",
        ),
        ("pairs: [a]", r"pairs: Input should be a dictionary .*, not \['a'\]"),
    ],
)
def test_a_source_that_cannot_be_is_refused_with_its_field(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"c\.yaml: {said}"):
        load_settings(config(tmp_path / "c.yaml", text))


def test_a_path_alone_means_a_file_with_ids(tmp_path: Path) -> None:
    settings = load_settings(config(tmp_path / "c.yaml", "pairs: some.jsonl"))
    assert settings.source == PairSource(path="some.jsonl", id="id")
    settings = load_settings(config(tmp_path / "d.yaml", "pairs: {path: some.jsonl, code: answer}"))
    assert settings.source == PairSource(path="some.jsonl", code="answer")


def sources(folder: Path) -> Iterator[PairSource]:
    """Sources that give different pairs, or may."""
    yield lines(folder / "a", GOOD)
    yield lines(folder / "b", GOOD, {**GOOD, "id": "b"})
    yield PairSource(path=str(folder / "b"), id="id", limit=1)
    yield PairSource(path=str(folder / "b"), id="id", bad_rows="skip")
    yield PairSource(path=str(folder / "b"), id="id", code="instruction")
    yield PairSource(path=str(folder / "?"), id="id")
    yield PairSource(hub="o/n", commit="a" * 40)
    yield PairSource(hub="o/n", commit="b" * 40)
    yield PairSource(hub="o/n", commit="a" * 40, split="test")


def test_the_digest_tells_apart_what_is_read_and_not_where_it_lies(tmp_path: Path) -> None:
    found = [digest(Settings(pairs=source)) for source in sources(tmp_path)]
    assert len(set(found)) == len(found)
    lines(tmp_path / "copy", GOOD)
    assert digest(Settings(pairs=str(tmp_path / "copy"))) == found[0]
    lines(tmp_path / "copy", {**GOOD, "code": "d"})
    assert digest(Settings(pairs=str(tmp_path / "copy"))) != found[0]
    pinned = PairSource(hub="o/n", commit="a" * 40, revision="main")
    assert digest(Settings(pairs=pinned)) == found[6]
