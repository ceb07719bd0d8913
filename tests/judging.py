"""A judge that serves: `synthsmith serve` in a process of its own, and what it holds."""

import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from command import COMMAND, environment
from killing import descendants

LONGEST_SECONDS = 60.0  # a guard against waiting for ever, no criterion
Answer = dict[str, object]


@dataclass(frozen=True, slots=True)
class Judge:
    """A running server and a client with connections to it."""

    process: subprocess.Popen[str]
    url: str
    client: httpx.Client

    def post(self, route: str, **body: object) -> Answer:
        """The answer to a request that is in order."""
        answer = self.client.post(route, json=body)
        assert answer.status_code == 200, answer.text
        found: Answer = answer.json()
        return found

    def judge(self, solution: str, **rest: object) -> Answer:
        """The answer to one submission in Python."""
        return self.post("/judge", type="python", solution=solution, **rest)

    def queue(self) -> int:
        """How many submissions wait."""
        return int(self.client.get("/status").json()["queue"])

    def metric(self, name: str) -> float:
        """The value of one line of the metrics, found by its beginning; 0 where there is none."""
        found = re.search(rf"^{re.escape(name)}\S* (\S+)$", self.client.get("/metrics").text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def zygotes(self) -> list[int]:
        """The fork servers under way: pid 1 of their own namespaces, or, without, the launchers' children."""
        launchers = _children(self.process.pid)
        return [child for launcher in launchers for child in _children(launcher)]

    def memory_kb(self) -> int:
        """What the server itself holds, files in memory apart."""
        found = re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{self.process.pid}/status").read_text())
        assert found is not None
        return int(found[1])

    def stop(self) -> int:
        """The exit status after SIGTERM."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LONGEST_SECONDS)


@contextmanager
def judging(*options: str, **variables: str) -> Iterator[Judge]:
    """A judge on a free port; in the end nothing of it may be left, nor have gone wrong unseen."""
    command = [*COMMAND, "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, env=environment(**variables), stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as process:
        try:
            assert process.stderr is not None
            url = re.search(r"http://\S+", process.stderr.readline())
            assert url is not None, process.stderr.read()
            with httpx.Client(base_url=url[0], timeout=LONGEST_SECONDS) as client:
                yield Judge(process, url[0], client)
            below = descendants(process.pid)
            process.send_signal(signal.SIGTERM)
            process.wait(LONGEST_SECONDS)
            assert [pid for pid in below if Path(f"/proc/{pid}").exists()] == []
            error = process.stderr.read()
            assert "Traceback" not in error, error
        finally:
            process.kill()


def until(happened: Callable[[], bool]) -> None:
    """Returns once it has happened."""
    end = time.monotonic() + LONGEST_SECONDS
    while not happened():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def _children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(word) for word in (task / "children").read_text().split()]
    return found
