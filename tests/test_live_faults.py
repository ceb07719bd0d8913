"""The live path before an endpoint that misbehaves: builds end complete, and pay for each reply once."""

import json
from collections import Counter
from pathlib import Path

from accounting import accounts
from command import Done, synthsmith
from faulty import Faulty, faulty
from killing import digests, replies
from model_server import model_serving
from trouble import Fault, Trouble

IDLE, HUNG = 6.0, 60.0  # seconds; a busy machine may be slow to answer, and be no fault


def build(out: Path, proxy: Faulty) -> Done:
    """A build of one task that gives up an answer which hangs."""
    config = out.with_suffix(".yaml")
    config.write_text(json.dumps({"endpoints": [{"base_url": proxy.url, "idle_seconds": IDLE}]}))
    live = ("--model", "recorded", "--base-url", proxy.url)
    return synthsmith("build", config, "--out", out, "--tasks", "1", *live)


class EachOnce(Trouble):
    """Every kind of fault once, after the first stage of a build: its twelve requests are answered."""

    def fault(self, number: int) -> Fault | None:
        return dict(enumerate(Fault, 12)).get(number)


def test_a_build_through_all_kinds_of_faults_is_complete_and_pays_for_each_reply_once(
    one: Path, tmp_path: Path
) -> None:
    with model_serving() as server, faulty(server.url, EachOnce(hang_seconds=HUNG)) as proxy:
        done = build(tmp_path / "o", proxy)
    assert done.status == 0, done.stderr
    met = Counter(each.fault for each in proxy.log)
    assert {fault: times for fault, times in met.items() if fault} == dict.fromkeys(Fault, 1)
    found = accounts(proxy.log, replies(tmp_path / "o"))
    assert found.balanced, found
    assert found.failed == 0
    assert digests(tmp_path / "o/dataset", ("README.md",)) == digests(one / "dataset", ("README.md",))
