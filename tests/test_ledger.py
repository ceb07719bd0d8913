"""The ledger: what was paid for is there, once, whatever happens to the process or the disk."""

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as examples
from hypothesis import strategies as st
from ledgers import Counting, echo, fail, request, state
from synthsmith.builders.ledger import Account, Ledger
from synthsmith.builders.ledger import file as ledger_file
from synthsmith.builders.ledger.records import records
from synthsmith.builders.model import Decoding, Message, Reply, TransientError


def test_a_reply_is_asked_for_once_and_comes_back_equal(tmp_path: Path) -> None:
    model = Counting(lambda r: Reply("<think>a</think>\nü\u2028", "length", "x", None, 7, "cut short"))
    with Ledger(tmp_path / "l") as ledger:
        first = asyncio.run(ledger.complete(request(), model))
    with Ledger(tmp_path / "l") as ledger:
        again = asyncio.run(ledger.complete(request(), model))
    assert first == again == model.answer(request())
    assert model.calls == 1


def test_many_waiters_for_one_key_share_one_call(tmp_path: Path) -> None:
    model = Counting(echo)

    async def ask() -> list[Reply]:
        return await asyncio.gather(*(ledger.complete(request(i % 3), model) for i in range(60)))

    with Ledger(tmp_path / "l") as ledger:
        replies = asyncio.run(ask())
    assert model.calls == 3
    assert [reply.text for reply in replies] == [f"reply {i % 3}" for i in range(60)]


def test_a_waiter_that_gives_up_does_not_waste_the_reply(tmp_path: Path) -> None:
    model = Counting(echo)

    async def ask() -> None:
        task = asyncio.create_task(ledger.complete(request(), model))
        while not model.calls:
            await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.gather(*ledger._calls.values())

    with Ledger(tmp_path / "l") as ledger:
        asyncio.run(ask())
        assert ledger.get(request().key) == echo(request())


@examples(max_examples=25)  # each makes a file and syncs it
@given(st.text(), st.none() | st.integers(0, 10**9))
def test_any_text_and_any_counts_survive(text: str, tokens: int | None) -> None:
    reply = Reply(text, completion_tokens=tokens)
    with tempfile.TemporaryDirectory() as folder, Ledger(Path(folder) / "l") as ledger:
        asyncio.run(ledger.put(request(), reply))
        assert ledger.get(request().key) == reply


def test_the_key_depends_on_what_determines_the_answer_and_on_nothing_else() -> None:
    one = request()
    others = [
        replace(one, sample=1),
        replace(one, model="n"),
        replace(one, messages=(Message("user", "other"),)),
        replace(one, messages=(Message("system", "hello"),)),
        replace(one, decoding=Decoding(temperature=0.5)),
        replace(one, decoding=Decoding(extra_body='{"a":1}')),
    ]
    assert len({one.key, *(other.key for other in others)}) == 7
    same = replace(one, stage="x", subject="y", template="z", template_digest="e", endpoints=("http://h",))
    assert same.key == one.key


def test_opening_a_finished_ledger_changes_no_byte(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        asyncio.run(ledger.put(request(), echo(request())))
    before = state(tmp_path)
    assert list(before) == ["l"]
    with Ledger(tmp_path / "l") as ledger:
        asyncio.run(ledger.complete(request(), Counting(echo)))
        ledger.account()
    assert state(tmp_path) == before


def test_a_failure_is_recorded_and_asked_again(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        with pytest.raises(TransientError, match="gone"):
            asyncio.run(ledger.complete(request(), Counting(fail)))
        assert ledger.get(request().key) is None
        assert ledger.account() == (Account("m", "solution", 1, 1, None, None, 0),)
        assert asyncio.run(ledger.complete(request(), Counting(echo))) == echo(request())
        assert ledger.account() == (Account("m", "solution", 1, 0, 3, 5, 0),)


def test_the_account_adds_up_by_model_and_stage_and_invents_no_tokens(tmp_path: Path) -> None:
    async def fill() -> None:
        await ledger.put(request(0), echo(request(0)))
        await ledger.put(request(1), echo(request(1)))
        await ledger.put(request(2), Reply("no usage"))
        await ledger.put(request(0, stage="roles", model="a", prompt="p"), Reply("no usage"))

    with Ledger(tmp_path / "l") as ledger:
        asyncio.run(fill())
        account = ledger.account()
    assert account == (Account("a", "roles", 1, 0, None, None, 1), Account("m", "solution", 3, 0, 6, 10, 1))


def test_what_has_one_price_has_one_line_in_the_account(tmp_path: Path) -> None:
    async def fill() -> None:
        await ledger.put(request(0), Reply("x", prompt_tokens=100, completion_tokens=10, cached_tokens=60))
        await ledger.put(request(1), Reply("x", prompt_tokens=100, completion_tokens=10))
        await ledger.put(request(2), Reply("x", prompt_tokens=7, completion_tokens=2, batched=True))

    with Ledger(tmp_path / "l") as ledger:
        asyncio.run(fill())
        assert ledger.account() == (
            Account("m", "solution", 2, 0, 200, 20, 0, cached_tokens=60),
            Account("m", "solution", 1, 0, 7, 2, 0, batched=True),
        )
        found = ledger.get(request(0).key), ledger.get(request(2).key)
    assert [(reply.cached_tokens, reply.batched) for reply in found if reply] == [(60, False), (None, True)]


PUT = st.tuples(
    st.integers(0, 5),
    st.sampled_from(["roles", "solution"]),
    st.booleans(),
    st.builds(
        Reply,
        st.just("x"),
        prompt_tokens=st.none() | st.integers(0, 9),
        completion_tokens=st.none() | st.integers(0, 9),
        cached_tokens=st.none() | st.integers(0, 9),
        batched=st.booleans(),
    ),
)
COUNTED = """
SELECT asked, stage, count(*), sum(failed), sum(prompt_tokens), sum(completion_tokens),
    sum(failed = 0 AND completion_tokens IS NULL), sum(cached_tokens), batched
FROM replies GROUP BY asked, stage, batched ORDER BY asked, stage, batched
"""


@examples(max_examples=25)
@given(st.lists(PUT, max_size=20), st.sets(st.integers(1, 12)))
def test_the_account_is_what_counting_all_rows_would_give(
    puts: list[tuple[int, str, bool, Reply]], removed: set[int]
) -> None:
    async def fill(ledger: Ledger) -> None:
        for sample, stage, failed, reply in puts:
            nothing = Reply("", "", "m", error="gone", batched=reply.batched)
            await ledger.put(request(sample, stage=stage), nothing if failed else reply, failed=failed)

    with tempfile.TemporaryDirectory() as folder:
        with Ledger(Path(folder) / "l") as ledger:
            asyncio.run(fill(ledger))
            connection = sqlite3.connect(Path(folder) / "l")
            connection.executemany("DELETE FROM replies WHERE id = ?", [(one,) for one in removed])
            connection.commit()
            account = [tuple(getattr(row, name) for name in row.__slots__) for row in ledger.account()]
            counted = connection.execute(COUNTED).fetchall()
            connection.close()
        assert account == counted


def test_telling_the_account_reads_no_rows_of_replies(tmp_path: Path) -> None:
    path = tmp_path / "l"
    Ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("DROP TRIGGER reply_added")
    connection.execute("DROP TABLE replies")
    connection.commit()
    connection.close()
    with Ledger(path) as ledger:
        assert ledger.account() == ()


def test_a_request_keeps_how_often_it_failed_and_with_what_last(tmp_path: Path) -> None:
    def tries() -> list[tuple[int, int, str, str]]:
        connection = sqlite3.connect(tmp_path / "l")
        found = connection.execute("SELECT failed, failures, failure, error FROM replies").fetchall()
        connection.close()
        return found

    with Ledger(tmp_path / "l") as ledger:
        for why in ("gone", "gone again"):
            asyncio.run(ledger.put(request(), Reply("", "", "m", error=why), failed=True))
        assert tries() == [(1, 2, "gone again", "")]
        asyncio.run(ledger.put(request(), Reply("x", "length", error="cut short")))
        assert tries() == [(0, 2, "gone again", "cut short")]
        asyncio.run(ledger.put(request(), Reply("", "", "m", error="late"), failed=True))
        assert tries() == [(0, 2, "gone again", "cut short")]


def test_the_first_recorded_reply_stays(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        asyncio.run(ledger.put(request(), Reply("first")))
        asyncio.run(ledger.put(request(), Reply("second")))
        assert ledger.get(request().key) == Reply("first")


def test_provenance_and_prompt_are_kept(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        asyncio.run(ledger.put(request(), Reply("x")))
        asyncio.run(ledger.put(request(1), Reply("y")))
    rows = sqlite3.connect(tmp_path / "l").execute(
        "SELECT stage, subject, template, sample, asked FROM replies NATURAL JOIN "
        "(SELECT digest AS prompt, messages FROM prompts) ORDER BY id"
    )
    assert rows.fetchall() == [
        ("solution", "0:1", "solution", 0, "m"),
        ("solution", "0:1", "solution", 1, "m"),
    ]
    rows.connection.close()


WRITER = """
import asyncio, sys
from pathlib import Path
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.model import Message, Reply, Request

def request(i):
    return Request("solution", "0:1", "solution", "d", (Message("user", "hello"),), i, "m")

class Model:
    draws = None
    async def complete(self, request):
        return Reply(f"reply {request.sample} " + "x" * 5000, model=sys.argv[2])

async def main():
    with Ledger(Path(sys.argv[1])) as ledger:
        for start in range(0, int(sys.argv[3]), 4):
            asked = map(request, range(start, start + 4))
            await asyncio.gather(*(ledger.complete(one, Model()) for one in asked))
            print(start + 4, flush=True)

asyncio.run(main())
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", textwrap.dedent(WRITER), str(path), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_was_answered_survives_kill_at_any_moment(tmp_path: Path) -> None:
    for lines in (1, 2, 7):
        process = writer(tmp_path / "l", "w", 100_000)
        assert process.stdout is not None
        told = [int(process.stdout.readline()) for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        told += [int(line) for line in process.stdout.read().split()]
        process.wait()
        process.stdout.close()
        with Ledger(tmp_path / "l") as ledger:
            replies = [ledger.get(request(i).key) for i in range(told[-1])]
        assert all(
            reply is not None and reply.text.startswith(f"reply {i} ") for i, reply in enumerate(replies)
        )
    assert [path.name for path in tmp_path.iterdir()] == ["l"]


def test_the_wal_stays_short_while_replies_are_written_and_others_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_file, "CHECKPOINT_PAGES", 50)
    path, sizes = tmp_path / "l", []

    async def write(ledger: Ledger, samples: range) -> None:
        for sample in samples:
            await ledger.put(request(sample), Reply(os.urandom(5000).hex()))
            sizes.append(Path(f"{path}-wal").stat().st_size)

    with Ledger(path) as ledger:
        asyncio.run(write(ledger, range(110)))  # more than a page of an export
        with ledger_file.opened(path) as connection:
            reading = records(connection)
            next(reading)
            asyncio.run(write(ledger, range(110, 500)))
            assert sum(1 for _ in reading) == 499
    assert path.stat().st_size > 2_500_000
    assert max(sizes) < 500_000


def test_a_full_disk_gives_one_sentence_and_loses_nothing(tmp_path: Path) -> None:
    code = """
    import asyncio, os, resource, sys
    from pathlib import Path
    from synthsmith.builders.ledger import Ledger
    from synthsmith.builders.model import Message, Reply, Request
    from synthsmith.verification.errors import InputError

    def request(i):
        return Request("solution", "0:1", "solution", "d", (Message("user", "hello"),), i, "m")

    async def main(ledger):
        for i in range(1000):
            await ledger.put(request(i), Reply(os.urandom(5000).hex()))
            print(i, flush=True)

    ledger = Ledger(Path(sys.argv[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    try:
        asyncio.run(main(ledger))
    except InputError as error:
        print(error)
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / "l")]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    *told, sentence = done.stdout.splitlines()
    assert "cannot be used" in sentence
    assert "kept" in sentence
    with Ledger(tmp_path / "l") as ledger:
        assert told
        assert all(ledger.get(request(int(i)).key) is not None for i in told)
