"""The rows that one finished attempt gives in each config.

An attempt is expensive and holds everything; a row is a cheap view of it, and every view is a function from
one attempt to its rows.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace

from synthsmith.builders.assembly import TEST_BYTES
from synthsmith.builders.attempts import Attempt
from synthsmith.builders.capped import capped
from synthsmith.builders.drafts import CHECKER
from synthsmith.builders.evidence import (
    Row,
    as_tests,
    case_kills,
    ease,
    pass_rate,
    proxies,
    solved_rate,
    strength,
)
from synthsmith.builders.provenance import Provenance
from synthsmith.builders.solutions import prompt
from synthsmith.builders.tasks import Task
from synthsmith.verification.certificate import Certificate
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.programs import number_programs
from synthsmith.verification.types import Case, Purpose, Solution

DATA_SOURCE = "synthsmith"

# The statement was sound but verification rejected the task: what `sft_hybrid` adds, marked unverified. It is
# not sound where the vote contradicts its own samples.
AT_VERIFICATION = frozenset({Reason.TOO_FEW_PROGRAMS, Reason.TOO_FEW_DECIDED, Reason.HOLD_OUT, Reason.UNSURE})


def sft_verified(attempt: Attempt) -> Iterator[Row]:
    """Every response of a verified task whose program passes all decided cases, in the order of sampling."""
    if isinstance(attempt.outcome, Verified):
        rates = attempt.outcome.certificate.pass_rates
        yield from _sft(attempt, tuple(s.id for s in attempt.solutions if rates.get(s.id) == 1.0))


def sft_unique_prompt(attempt: Attempt) -> Iterator[Row]:
    """The golden response of a verified task, also where it fails a few of the decided cases."""
    if isinstance(attempt.outcome, Verified):
        yield from _sft(attempt, (attempt.outcome.golden,))


def sft_multiple_solution(attempt: Attempt) -> Iterator[Row]:
    """The rows of `sft_verified` where at least two distinct programs are among them."""
    rows = list(sft_verified(attempt))
    if len({row["program_group"] for row in rows}) >= 2:
        yield from rows


def sft_hybrid(attempt: Attempt) -> Iterator[Row]:
    """The rows of `sft_verified`, or the first readable response of a task rejected only at verification."""
    yield from sft_verified(attempt)
    if isinstance(attempt.outcome, Rejected) and attempt.outcome.reason in AT_VERIFICATION:
        yield from _sft(attempt, tuple(solution.id for solution in candidates(attempt)[:1]))


def rl(attempt: Attempt, test_bytes: int | None = TEST_BYTES) -> Iterator[Row]:
    """The decided cases of a verified task in verl's columns; `extra_info.index` is the attempt's index.

    Tests beyond so many bytes are left out (`capped.py`).
    """
    task, outcome = attempt.task, attempt.outcome
    if task is None or not isinstance(outcome, Verified):
        return
    golden = next(solution for solution in attempt.solutions if solution.id == outcome.golden)
    certificate = outcome.certificate
    tests = as_tests(outcome)
    row: Row = {
        "data_source": DATA_SOURCE,
        "prompt": [{"role": "user", "content": prompt(task)}],
        "ability": "code",
        "reward_model": {"style": "rule", "ground_truth": _ground_truth(task, tests)},
        "extra_info": {"split": "train", "index": attempt.index, **_judged_by(task, certificate)},
        "task_id": task.id,
        "draw": attempt.draw,
        "style": task.style,
        "features": list(task.features),
        "entry": task.starter_code or None,
        "checker": CHECKER,
        "pass_rate": pass_rate(certificate),
        "solved_rate": solved_rate(certificate),
        "golden_program": golden.code,
        "golden_candidate": golden.id,
        "golden_probability": outcome.probability,
        "program_language": str(golden.language),
        "model_name": golden.model,
        "case_weights": [case.weight for case in tests],
        "case_kinds": [str(case.kind) for case in tests],
        "cpu_seconds_limit": certificate.limits.cpu_seconds,
        "memory_mb_limit": certificate.limits.memory_mb,
        "certificate": certificate_text(certificate, attempt.provenance),
        "case_kills": case_kills(certificate.suite),
        **strength(certificate.suite),
        "proxies": proxies(attempt),
        "ease": ease(attempt),
    }
    yield capped(row, test_bytes)


def attempts(attempt: Attempt) -> Iterator[Row]:
    """One row for an attempted task, however it ended."""
    task, outcome = attempt.task, attempt.outcome
    certificate = outcome.certificate
    yield {
        "draw": attempt.draw,
        "task_id": task.id if task else None,
        "verdict": "rejected" if isinstance(outcome, Rejected) else "verified",
        "reason": str(outcome.reason) if isinstance(outcome, Rejected) else None,
        "detail": outcome.detail if isinstance(outcome, Rejected) else None,
        "style": attempt.style,
        "statement": task.statement if task else None,
        "starter_code": (task.starter_code or None) if task else None,
        "drawn_features": list(attempt.drawn),
        "features": list(task.features) if task else [],
        "pass_rate": pass_rate(certificate) if certificate else None,
        "solved_rate": solved_rate(certificate) if certificate else None,
        "golden_candidate": None if isinstance(outcome, Rejected) else outcome.golden,
        "candidate_count": len(candidates(attempt)),
        "programs": _programs(attempt),
        "cases": _cases(attempt),
        "unread_replies": [
            {"stage": u.stage, "sample_index": u.sample, "model_name": u.model, "detail": u.detail}
            for u in attempt.unread
        ],
        "dropped_inputs": [{"case": d.id, "detail": d.detail, "head": d.head} for d in attempt.dropped],
        "certificate": certificate_text(certificate, attempt.provenance) if certificate else None,
        **strength(certificate.suite if certificate else None),
        "proxies": proxies(attempt),
        "ballots": _ballots_text(certificate) if certificate else None,
    }


VIEWS: dict[str, Callable[[Attempt], Iterator[Row]]] = {
    "sft_verified": sft_verified,
    "sft_unique_prompt": sft_unique_prompt,
    "sft_multiple_solution": sft_multiple_solution,
    "sft_hybrid": sft_hybrid,
    "rl": rl,
    "attempts": attempts,
}


def candidates(attempt: Attempt) -> tuple[Solution, ...]:
    """The readable candidates; a brute-force program is none."""
    return tuple(solution for solution in attempt.solutions if solution.purpose is not Purpose.BRUTE)


def certificate_text(certificate: Certificate, provenance: Provenance | None) -> str:
    """The certificate as JSON, with all that follows from it and with what the task was made of.

    Voted outputs are left out, for they stand with the cases; so are the ballots, which would make rows of
    `rl` large and have a column of `attempts` to themselves.
    """
    shown = asdict(replace(certificate, ballots=None))
    del shown["ballots"]
    for vote, shown_vote in zip(certificate.votes, shown["votes"], strict=True):
        del shown_vote["output"]
        shown_vote |= {"decided": vote.output is not None, "margin": vote.margin}
    if certificate.suite is not None:
        rates = {name: getattr(certificate.suite, name) for name in ("kill_rate", "false_kill_rate")}
        shown["suite"] |= rates
    shown["provenance"] = asdict(provenance) if provenance else None
    return _compact(shown)


def _ballots_text(certificate: Certificate) -> str | None:
    """The ballots as JSON; null where they were not kept."""
    return _compact(asdict(certificate.ballots)) if certificate.ballots else None


def _compact(value: object) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _sft(attempt: Attempt, chosen: tuple[str, ...]) -> Iterator[Row]:
    task, outcome = attempt.task, attempt.outcome
    assert task is not None
    certificate = outcome.certificate if isinstance(outcome, Verified) else None
    query = prompt(task)
    tried = candidates(attempt)
    for solution, group in zip(tried, number_programs(tried), strict=True):
        if solution.id not in chosen:
            continue
        response = with_tags(solution.reply)
        yield {
            "query": query,
            "response": response,
            "messages": [{"role": "user", "content": query}, {"role": "assistant", "content": response}],
            "task_id": task.id,
            "draw": attempt.draw,
            "candidate": solution.id,
            "style": task.style,
            "features": list(task.features),
            "is_verified": certificate is not None and certificate.pass_rates.get(solution.id) == 1.0,
            "is_golden": isinstance(outcome, Verified) and solution.id == outcome.golden,
            "pass_rate": certificate.pass_rates.get(solution.id) if certificate else None,
            "task_pass_rate": pass_rate(certificate) if certificate else None,
            "program_group": group,
            "program_language": str(solution.language),
            "model_name": solution.model,
            "starter_code": task.starter_code or None,
        }


def with_tags(reply: str) -> str:
    """The reply with its reasoning in think tags; some servers leave the opening tag in the prompt."""
    if "</think>" in reply and not reply.lstrip().startswith("<think>"):
        return "<think>\n" + reply.lstrip()
    return reply


def _ground_truth(task: Task, cases: tuple[Case, ...]) -> str:
    """The tests as verl reads them: a JSON text; `fn_name` only where a function is to be called.

    Graders of calls (verl's prime_code, LiveCodeBench's) read every line of an input as JSON, the empty one
    after a last line feed too. Judges of programs compare blanks at the ends of lines, which are a whim of
    the program that happened to write the label: there are none here.
    """
    inputs = [case.input for case in cases]
    outputs = [_trimmed(case.expected or "") for case in cases]
    tests: dict[str, object] = {"inputs": inputs, "outputs": outputs}
    if task.signature is not None:
        tests["inputs"] = [text.rstrip("\n") for text in inputs]
        tests["outputs"] = [text.rstrip("\n") for text in outputs]
        tests["fn_name"] = task.signature.method
    return json.dumps(tests, ensure_ascii=False)


def _judged_by(task: Task, certificate: Certificate) -> Row:
    """What a reward has to know beside the tests: verl hands its `extra_info` on, and no other column."""
    return {
        "entry": task.starter_code or None,
        "checker": CHECKER,
        "cpu_seconds_limit": certificate.limits.cpu_seconds,
        "memory_mb_limit": certificate.limits.memory_mb,
    }


def _trimmed(output: str) -> str:
    """The output with no blanks at the ends of its lines and with one line feed at its end."""
    lines = [line.rstrip(" \t\r") for line in output.split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _programs(attempt: Attempt) -> list[Row]:
    certificate = attempt.outcome.certificate
    rates = certificate.pass_rates if certificate else {}
    return [
        {
            "candidate": solution.id,
            "model_name": solution.model,
            "program_language": str(solution.language),
            "program_group": group,
            "pass_rate": rates.get(solution.id),
            "program": solution.code,
            "purpose": str(solution.purpose),
        }
        for solution, group in zip(attempt.solutions, number_programs(attempt.solutions), strict=True)
    ]


def _cases(attempt: Attempt) -> list[Row]:
    """All inputs that were put to the candidates; `expected` and `weight` are null where undecided."""
    outcome = attempt.outcome
    decided = {case.id: case for case in outcome.cases} if isinstance(outcome, Verified) else {}
    votes = {vote.case: vote.output for vote in outcome.certificate.votes} if outcome.certificate else {}
    return [
        {
            "case": case.id,
            "kind": str(case.kind),
            "weight": decided[case.id].weight if case.id in decided else None,
            "input": case.input,
            "expected": decided[case.id].expected if case.id in decided else votes.get(case.id),
            "stated": case.stated,
        }
        for case in attempt.cases
    ]
