"""Two processes on one ledger: nothing is paid for twice, and nobody waits for the dead."""

import asyncio
import os
import signal
import sqlite3
import time
from pathlib import Path

import pytest
from killing import wait_until
from ledgers import Counting, Process, asked, asking, echo, request, told
from synthsmith.builders.ledger import Ledger
from synthsmith.builders.ledger import claims as ledger_claims
from synthsmith.builders.model import PermanentError, Reply, Request


def claims(path: Path) -> list[tuple[int, int]]:
    connection = sqlite3.connect(path)
    counts = connection.execute(
        "SELECT (SELECT count(*) FROM owners), (SELECT count(*) FROM claims)"
    ).fetchall()
    connection.close()
    return counts


def wait_for(count: int, path: Path, process: Process) -> None:
    assert wait_until(lambda: len(asked(path)) >= count, process)


def claim(path: Path, host: str, pid: int, started: int, seconds: float) -> None:
    """Let a process of that host hold the claim of the first request for so long."""
    connection = sqlite3.connect(path)
    owner = (1, host, pid, started, time.time() + seconds)
    connection.execute("INSERT INTO owners VALUES (?, ?, ?, ?, ?)", owner)
    connection.execute("INSERT INTO claims VALUES (?, 1, 'm', 'solution')", (bytes.fromhex(request().key),))
    connection.commit()
    connection.close()


def seconds_to_ask(path: Path) -> float:
    model, begun = Counting(echo), time.monotonic()
    with Ledger(path) as ledger:
        assert asyncio.run(ledger.complete(request(), model)) == echo(request())
    assert model.calls == 1
    return time.monotonic() - begun


def test_three_processes_that_want_the_same_pay_once_and_agree(tmp_path: Path) -> None:
    path = tmp_path / "l"
    processes = [asking(path, name, 200, seconds=0.3) for name in ("a", "b", "c")]
    replies = [told(process) for process in processes]
    assert replies[0] == replies[1] == replies[2]
    assert sorted(int(line.split()[1]) for line in asked(path)) == list(range(200))
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    connection.close()
    assert claims(path) == [(0, 0)]


@pytest.mark.parametrize("reaped", [True, False], ids=["reaped", "zombie"])
def test_where_the_claimant_is_killed_who_waits_asks_itself_at_once(tmp_path: Path, reaped: bool) -> None:
    path = tmp_path / "l"
    first = asking(path, "a", 3, seconds=600)
    wait_for(3, path, first)
    second = asking(path, "b", 3)
    time.sleep(0.5)
    assert second.poll() is None
    os.kill(first.pid, signal.SIGKILL)
    if reaped:
        first.wait()
    killed = time.monotonic()
    assert told(second) == [f"reply {sample} of b" for sample in range(3)]
    assert time.monotonic() - killed < ledger_claims.VALID_SECONDS / 4
    first.communicate()
    assert claims(path) == [(0, 0)]


def test_a_failure_of_the_claimant_lets_the_next_one_ask(tmp_path: Path) -> None:
    path = tmp_path / "l"
    first = asking(path, "a", seconds=1, fails=True)
    wait_for(1, path, first)
    second = asking(path, "b")
    assert told(first) == ["gone"]
    assert told(second) == ["reply 0 of b"]
    assert asked(path) == ["a 0", "b 0"]


def test_a_claim_is_renewed_as_long_as_its_request_takes(tmp_path: Path) -> None:
    path, stop = tmp_path / "l", tmp_path / "l.stop"
    stop.touch()
    first = asking(path, "a", renew=0.2, valid=2.5)
    wait_for(1, path, first)
    second = asking(path, "b")
    assert wait_until(Path(f"{path}.b").exists, second)
    time.sleep(4)
    stop.unlink()
    assert told(first) == told(second) == ["reply 0 of a"]
    assert asked(path) == ["a 0"]


def test_a_process_that_is_stopped_loses_its_claim_and_the_first_reply_stays(tmp_path: Path) -> None:
    path = tmp_path / "l"
    first = asking(path, "a", seconds=1, renew=0.2, valid=1.5)
    wait_for(1, path, first)
    os.kill(first.pid, signal.SIGSTOP)
    try:
        assert told(asking(path, "b")) == ["reply 0 of b"]
    finally:
        os.kill(first.pid, signal.SIGCONT)
    assert told(first) == ["reply 0 of b"]


def test_a_claim_of_another_host_holds_until_it_expires(tmp_path: Path) -> None:
    path = tmp_path / "l"
    Ledger(path).close()
    claim(path, "elsewhere", os.getpid(), 0, 1.5)
    assert seconds_to_ask(path) > 1.0


def test_a_pid_that_another_process_has_now_is_not_the_claimant(tmp_path: Path) -> None:
    path = tmp_path / "l"
    Ledger(path).close()
    claim(path, ledger_claims.host(), os.getpid(), 0, 60)
    assert seconds_to_ask(path) < 30


def test_a_claim_that_nobody_owns_is_void(tmp_path: Path) -> None:
    path = tmp_path / "l"
    Ledger(path).close()
    claim(path, "elsewhere", 1, 0, 60)
    connection = sqlite3.connect(path)
    connection.execute("DELETE FROM owners")
    connection.commit()
    connection.close()
    assert seconds_to_ask(path) < 30


def test_a_request_that_was_called_off_or_refused_is_free_again(tmp_path: Path) -> None:
    def refuse(request: Request) -> Reply:
        raise PermanentError("no such model")

    class Endless(Counting):
        async def complete(self, request: Request) -> Reply:
            self.calls += 1
            await asyncio.sleep(600)
            return echo(request)

    async def first(ledger: Ledger) -> None:
        with pytest.raises(PermanentError):
            await ledger.complete(request(0), Counting(refuse))
        endless = Endless(echo)
        waiting = asyncio.create_task(ledger.complete(request(1), endless))
        while not endless.calls:
            await asyncio.sleep(0)
        ledger._calls[request(1).key].cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    async def both(path: Path) -> None:
        with Ledger(path) as one, Ledger(path) as other:
            await first(one)
            await one.complete(request(2), Counting(echo))  # what was called off goes with the next
            for sample in (0, 1):
                assert await other.complete(request(sample), Counting(echo)) == echo(request(sample))

    asyncio.run(asyncio.wait_for(both(tmp_path / "l"), 30))


def test_claims_taken_together_are_one_transaction(tmp_path: Path) -> None:
    path, seen = tmp_path / "l", []

    class Looking(Counting):
        async def complete(self, request: Request) -> Reply:
            if not self.calls:
                seen.extend(claims(path))
            return await super().complete(request)

    async def ask() -> None:
        model = Looking(echo)
        await asyncio.gather(*(ledger.complete(request(sample), model) for sample in range(100)))

    with Ledger(path) as ledger:
        asyncio.run(ask())
    assert seen == [(1, 100)]
