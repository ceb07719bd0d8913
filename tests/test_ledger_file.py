"""The ledger's file: older ones are brought up to date, and nothing foreign is touched."""

import asyncio
import sqlite3
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest
from ledgers import Counting, echo, request
from synthsmith.builders.ledger import Account, Ledger
from synthsmith.builders.model import Decoding, Message, Reply
from synthsmith.verification.errors import InputError


@pytest.mark.parametrize(
    "content", [b"this is no database, but a text of some length" * 100, b"\0" * 4096], ids=["text", "zeros"]
)
def test_a_file_that_is_no_ledger_gives_one_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "l"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"l is no ledger of SynthSmith"):
        Ledger(path)
    assert path.read_bytes() == content


def test_a_damaged_reply_gives_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "l"
    with Ledger(path) as ledger:
        asyncio.run(ledger.put(request(1), Reply("text")))
    connection = sqlite3.connect(path)
    connection.execute("UPDATE texts SET text = x'0102'")
    connection.commit()
    connection.close()
    with Ledger(path) as ledger, pytest.raises(InputError, match="or is damaged"):
        ledger.get(request(1).key)


def test_another_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "l"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE mine (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(InputError, match="another SQLite file"):
        Ledger(path)
    assert path.read_bytes() == before


def test_a_ledger_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "l"
    Ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(InputError, match="schema 99"):
        Ledger(path)


OLD = Path(__file__).with_name("golden") / "ledger-1.sql"


def old_ledger(path: Path) -> Path:
    """A ledger of the first version: three replies and a failure."""
    connection = sqlite3.connect(path)
    connection.executescript("PRAGMA journal_mode = WAL;\n" + OLD.read_text(encoding="utf-8"))
    connection.close()
    return path


def tables(path: Path) -> list[tuple[str, str, str]]:
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT type, name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    connection.close()
    return found


def test_a_ledger_of_the_first_version_is_brought_up_to_date_in_place(tmp_path: Path) -> None:
    other = replace(
        request(0, stage="roles", model="n"),
        messages=(Message("system", "s"), Message("user", "other")),
        decoding=Decoding(0.6, 0.95, 20, 0.0, 100, '{"a":1}'),
    )
    path = old_ledger(tmp_path / "l")
    for _ in range(2):
        with Ledger(path) as ledger:
            assert ledger.get(request(0).key) == echo(request(0))
            assert ledger.get(request(1).key) is None
            cut = Reply("<think>ü\u2028", "length", "answering", error="cut short")
            assert ledger.get(request(2).key) == cut
            assert ledger.get(other.key) == Reply("r", "stop", "n", 7, 11)
            assert ledger.account() == (
                Account("m", "solution", 3, 1, 3, 5, 1),
                Account("n", "roles", 1, 0, 7, 11, 0),
            )
    with Ledger(path) as ledger:
        assert asyncio.run(ledger.complete(request(1), Counting(echo))) == echo(request(1))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    tries = "SELECT failed, failures, failure FROM replies WHERE sample = 1"
    assert connection.execute(tries).fetchall() == [(0, 1, "gone")]
    connection.close()
    Ledger(tmp_path / "new").close()
    assert tables(path) == tables(tmp_path / "new")


def test_a_disk_too_full_for_the_change_of_version_leaves_the_old_one(tmp_path: Path) -> None:
    path = old_ledger(tmp_path / "l")
    connection = sqlite3.connect(path)
    dump = "SELECT * FROM replies, prompts ORDER BY id"
    connection.execute("UPDATE replies SET text = randomblob(200000)")
    connection.commit()
    before = connection.execute(dump).fetchall()
    connection.close()
    code = """
    import resource, sys
    from pathlib import Path
    from synthsmith.builders.ledger import Ledger
    resource.setrlimit(resource.RLIMIT_FSIZE, (900_000, 900_000))
    Ledger(Path(sys.argv[1]))
    """
    command = [sys.executable, "-c", textwrap.dedent(code), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert "cannot be used" in done.stderr
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA user_version").fetchall() == [(1,)]
    assert connection.execute(dump).fetchall() == before
    connection.close()


def test_a_place_that_cannot_be_written_gives_one_sentence() -> None:
    with pytest.raises(InputError, match="cannot be used"):
        Ledger(Path("/proc/ledger.sqlite"))
