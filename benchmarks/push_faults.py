"""Every fault at every request of a push, in turn: what the repository is after, and after the same again.

    python benchmarks/push_faults.py [--short]

A small build is pushed to the tests' Hub over real HTTP. The requests of an undisturbed push are counted;
then, for each of them and each fault, a new Hub is pushed to with the fault in the place of that one request:
by one who tries once and gives up, and who then pushes the same again, and by one with the usual eight tries.
A line tells

    request    its number, method and path      fault      what it met
    once       how the push that tries once ended          after      what the repository is then
    again      what it is after the same push again        eight      how the push with eight tries ended

`-` is no repository, `empty` one without a release, `committed` a whole release on main without its tag,
`v1.0.0` that with it. All else is told as `BROKEN`, and ends with exit status 1: a tag at what is no whole
release of it, a main that is neither, a second commit, or a push that does not come to `v1.0.0` when run
again. With --short a line stands for all faults that ended alike.
"""

import argparse
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))  # the Hub and the small build

from hub import OWNER, Hub
from hub_faults import Fault
from hub_server import serving
from huggingface_hub import HfApi, constants
from released import AT_ONCE, DATA, GENERATOR, NONE, ONE_TRY, build, whole
from synthsmith.cards.release import Patience, Push, Remote, Version, prepared
from synthsmith.cards.release.plan import Local, Plan
from synthsmith.verification.errors import InputError

FAULTS: tuple[Fault | int, ...] = (Fault.DROPPED, Fault.LOST, Fault.SLOW, 403, 409, 412, 429, 500, 503)
DONE, REFUSED = "v1.0.0", (403,)
_NAMES = re.compile(r"[0-9a-f]{64}|[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Line:
    request: str
    fault: str
    once: str
    after: str
    again: str
    eight: str


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--short", action="store_true", help="one line for faults that end alike")
    short = parser.parse_args().short
    constants.HF_HUB_DISABLE_XET = True
    with tempfile.TemporaryDirectory() as folder:
        constants.HF_HUB_CACHE = f"{folder}/cache"
        with prepared(build(Path(folder) / "build"), GENERATOR, NONE) as local:
            lines = list(measure(local))
    show(lines, short)
    broken = [line for line in lines if not sound(line)]
    print(f"\n{len(lines)} pushes that tried once, {len(broken)} broken")
    sys.exit(1 if broken else 0)


def measure(local: Local) -> Iterator[Line]:
    """A line for every request and fault."""
    plans: dict[str | None, Plan] = {}
    hub = Hub()
    with serving(hub) as url:
        pushed(local, plans, url, AT_ONCE)
    for number, asked in enumerate(hub.asked):
        request = f"{number + 1:2} {asked.method} {_NAMES.sub('…', asked.path.partition('?')[0])}"
        for fault in FAULTS:
            yield Line(request, str(fault), *disturbed(local, plans, number, fault))


def disturbed(
    local: Local, plans: dict[str | None, Plan], number: int, fault: Fault | int
) -> tuple[str, str, str, str]:
    """How it went with one try, what is there then and after the same again, and how it goes with eight."""
    hub = Hub()
    hub.fail("*", "", fault, skip=number, seconds=0.05)
    with serving(hub) as url:
        once = pushed(local, plans, url, ONE_TRY)
        after = state(hub)
        pushed(local, plans, url, AT_ONCE)
        again = state(hub)
    other = Hub()
    other.fail("*", "", fault, skip=number, seconds=0.05)
    with serving(other) as url:
        eight = pushed(local, plans, url, AT_ONCE)
    return once, after, again, eight if state(other) == DONE or eight != "done" else "BROKEN"


def pushed(local: Local, plans: dict[str | None, Plan], url: str, patience: Patience) -> str:
    remote = Remote(HfApi(endpoint=url, token=OWNER), DATA)
    try:
        Push(local, remote, Version.parse("1.0.0"), plans=plans).run(patience)
    except InputError as error:
        return "refused" if "does not let" in str(error) else "gave up"
    return "done"


def state(hub: Hub) -> str:
    """What a stranger finds on the Hub."""
    if ("dataset", DATA) not in hub.repositories:
        return "-"
    data = hub.repository(DATA)
    try:
        whole(data)
    except AssertionError as error:
        return f"BROKEN {error}"
    if len(data.commits) > 2:
        return "BROKEN: a second commit"
    if data.tags:
        return DONE if data.tags == {DONE: data.head} else "BROKEN: the tag is not at the release"
    return "committed" if len(data.commits) == 2 else "empty"


def sound(line: Line) -> bool:
    """Whether nothing half-made was seen, and all came to the version in the end."""
    ended = "refused" if line.fault in map(str, REFUSED) else "done"
    states = (line.after, line.again, line.eight)
    return "BROKEN" not in " ".join(states) and line.again == DONE and line.eight == ended


def show(lines: list[Line], short: bool) -> None:
    print("| request | fault | once | after | again | eight |\n|---|---|---|---|---|---|")
    if not short:
        for line in lines:
            print(f"| {line.request} | {line.fault} | {_ends(line)} |")
        return
    for (request, ends), alike in groupby(
        sorted(lines, key=lambda line: (line.request, _ends(line))), lambda line: (line.request, _ends(line))
    ):
        print(f"| {request} | {', '.join(line.fault for line in alike)} | {ends} |")


def _ends(line: Line) -> str:
    return " | ".join((line.once, line.after, line.again, line.eight))


if __name__ == "__main__":
    main()
