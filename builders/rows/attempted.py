"""Rows of what was attempted: one a task, however it ended, with its evidence."""

from collections.abc import Iterator

from synthsmith.builders.attempts import Attempt
from synthsmith.builders.evidence import Row, pass_rate, proxies, solved_rate, strength
from synthsmith.builders.rows.certificates import ballots_text, certificate_text
from synthsmith.verification.decision import Rejected, Verified
from synthsmith.verification.programs import number_programs


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
        "candidate_count": len(attempt.candidates),
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
        "ballots": ballots_text(certificate) if certificate else None,
    }


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
