"""A data set that was published, read back for verifying it again: `attempts`, or else `rl`, in our words.

An `attempts` row holds all there is to run: programs, inputs, the outputs voted, the certificate. Of an `rl`
row only the golden program can be run again, on the tests that the row gives.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from synthsmith.builders.drafts import CHECKER
from synthsmith.builders.foreign.source import table_at
from synthsmith.builders.tables import Bad, Table, rows
from synthsmith.verification.compare import Checker, checker_for, parse_checker
from synthsmith.verification.errors import InputError
from synthsmith.verification.rules import USUAL, Method, Rules, Weights
from synthsmith.verification.signatures import parse_signature
from synthsmith.verification.types import Case, Language, Limits, Purpose, Signature, Solution

# fmt: off
_ATTEMPTS = [
    "draw", "verdict", "reason", "starter_code", "golden_candidate", "programs", "cases", "certificate",
]
_RL = [
    "task_id", "entry", "checker", "reward_model", "golden_program", "golden_candidate", "program_language",
    "certificate",
]
# fmt: on
FALLBACK = ("rl", "rl_real")


@dataclass(frozen=True, slots=True)
class Published:
    """One row. `cases` carry the outputs that were voted; `rates` is what each program passed of those.

    `verdict`, `reason` and `golden` are what was said of the task; `verdict` is empty where the row does not
    hold enough to come to one again. `ran` is false where nothing of it was run, so nothing can be again.
    `brute_input_bytes` is how large an input was put to brute-force programs.
    """

    name: str
    where: str
    verdict: str
    reason: str | None
    golden: str | None
    solutions: tuple[Solution, ...]
    cases: tuple[Case, ...]
    signature: Signature | None
    checker: Checker
    limits: Limits
    rates: Mapping[str, float]
    rules: Rules = USUAL
    brute_input_bytes: int = 0
    ran: bool = True
    assertions: bool = False


def published(
    given: str, split: str | None = None, revision: str | None = None
) -> tuple[Table, Iterator[Published]]:
    """The rows of a folder (a build's, or a data set's) or of a data set on the Hub, and where they are."""
    if Path(given).exists():
        table, config = _in_folder(Path(given))
    else:
        table, config = _on_hub(given, split, revision)
    return table, _read(table, config)


def _in_folder(folder: Path) -> tuple[Table, str]:
    for inside in (folder / "dataset", folder):
        for config in ("attempts", *FALLBACK):
            pattern = inside / config / "*.parquet"
            if list(pattern.parent.glob(pattern.name)):
                return Table(str(pattern), noun="rows", batch=8), config
    raise InputError(
        f"{folder} holds no data set with attempts or rl; give a build's folder or a data set's."
    )


def _on_hub(given: str, split: str | None, revision: str | None) -> tuple[Table, str]:
    from datasets import get_dataset_config_names

    bare = table_at(given, None, split, revision)
    if bare.hub is None:
        raise InputError(f"{given}: there is no such folder, and no data set on the Hub is called so.")
    try:
        names = get_dataset_config_names(bare.hub, revision=bare.commit)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{given}: its configs cannot be read ({error}).") from None
    config = next((name for name in ("attempts", *FALLBACK) if name in names), None)
    if config is None:
        raise InputError(f"{given} has no config attempts or rl, only {', '.join(names)}.")
    return table_at(given, config, split, bare.commit), config


def _read(table: Table, config: str) -> Iterator[Published]:
    wanted = _ATTEMPTS if config == "attempts" else _RL
    for where, _, row in rows(table, lambda there, place: _all(wanted, there, place)):
        if isinstance(row, Bad):
            raise InputError(f"{where}: {row.detail}")
        try:
            yield _attempt(row, where) if config == "attempts" else _rl(row, where)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise InputError(f"{where}: is no row of {config} ({error}).") from None


def _all(wanted: list[str], there: list[str], place: str) -> list[str]:
    missing = [name for name in wanted if name not in there]
    if missing:
        raise InputError(f"{place}: there is no column {missing[0]!r}; it is no data set of SynthSmith's.")
    return wanted


def _attempt(row: Mapping[str, object], where: str) -> Published:
    programs, given = _objects(row["programs"]), _objects(row["cases"])
    certificate = json.loads(str(row["certificate"])) if row["certificate"] else None
    cases = tuple(
        Case(
            str(each["case"]),
            str(each["input"]),
            expected=_text(each["expected"]),
            stated=_text(each["stated"]),
        )
        for each in given
    )
    starter = _text(row["starter_code"])
    signature = parse_signature(starter) if starter else None
    solutions = tuple(_solution(each) for each in programs)
    sizes = {case.id: len(case.input.encode()) for case in cases}
    anchored = [] if certificate is None else certificate.get("anchors", [])
    brute = {each.id for each in solutions if each.purpose is Purpose.BRUTE}
    return Published(
        name=str(row["draw"]),
        where=where,
        verdict=str(row["verdict"]),
        reason=_text(row["reason"]),
        golden=_text(row["golden_candidate"]),
        solutions=solutions,
        cases=cases,
        signature=signature,
        checker=checker_for(parse_checker(CHECKER), signature),
        limits=_limits(certificate),
        rates={
            str(each["candidate"]): _rate(each["pass_rate"])
            for each in programs
            if each["pass_rate"] is not None
        },
        rules=_rules(certificate),
        brute_input_bytes=max(
            (sizes[each["case"]] for each in anchored if each["source"] in brute), default=0
        ),
        ran=certificate is not None,
    )


def _rl(row: Mapping[str, object], where: str) -> Published:
    reward, entry = row["reward_model"], _text(row["entry"])
    assert isinstance(reward, Mapping)
    tests = json.loads(str(reward["ground_truth"]))
    assertions = entry == "assertions"
    inputs = tests["assert_case"] if assertions else tests["inputs"]
    outputs = [None] * len(inputs) if assertions else tests["outputs"]
    signature = parse_signature(entry) if entry and not assertions else None
    checker = str(row["checker"])
    certificate = json.loads(str(row["certificate"]))
    golden = _text(row["golden_candidate"])
    program = Language(str(row["program_language"])) if golden else None
    rates = certificate["pass_rates"]
    return Published(
        name=str(row["task_id"]),
        where=where,
        verdict="",
        reason=None,
        golden=golden,
        solutions=(Solution(golden, str(row["golden_program"]), program),) if golden and program else (),
        cases=tuple(
            Case(str(number), text, expected=output)
            for number, (text, output) in enumerate(zip(inputs, outputs, strict=True))
        ),
        signature=signature,
        checker=checker_for(parse_checker(json.loads(checker) if checker[:1] == "{" else checker), signature),
        limits=_limits(certificate),
        rates={golden: _rate(rates[golden])} if golden and golden in rates else {},
        ran=golden is not None,
        assertions=assertions,
    )


def _limits(certificate: Mapping[str, object] | None) -> Limits:
    given = certificate["limits"] if certificate else {}
    assert isinstance(given, Mapping)
    return Limits(**given)


def _rules(certificate: Mapping[str, object] | None) -> Rules:
    """What was asked of the verification; the usual where there is no word of it."""
    given = certificate.get("rules") if certificate else None
    if not isinstance(given, Mapping):
        return USUAL
    words = {"method": Method(given["method"]), "weights": Weights(given["weights"])}
    return Rules(**{**given, **words})


def _solution(each: Mapping[str, object]) -> Solution:
    purpose = Purpose(str(each["purpose"]))
    language = Language(str(each["program_language"]))
    return Solution(str(each["candidate"]), str(each["program"]), language, purpose=purpose)


def _objects(value: object) -> list[Mapping[str, object]]:
    """A list of objects, whichever way round it lies."""
    if isinstance(value, Mapping):
        return [dict(zip(value, parts, strict=True)) for parts in zip(*value.values(), strict=True)]
    assert isinstance(value, list)
    return value


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _rate(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)
