"""Rows for supervised training: whole responses, of a task as many as its config takes."""

from collections.abc import Iterator

from synthsmith.builders.attempts import Attempt
from synthsmith.builders.evidence import Row, pass_rate
from synthsmith.builders.solutions import prompt
from synthsmith.verification.decision import Reason, Rejected, Verified
from synthsmith.verification.programs import number_programs

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
        yield from _sft(attempt, tuple(solution.id for solution in attempt.candidates[:1]))


def _sft(attempt: Attempt, chosen: tuple[str, ...]) -> Iterator[Row]:
    task, outcome = attempt.task, attempt.outcome
    assert task is not None
    certificate = outcome.certificate if isinstance(outcome, Verified) else None
    query = prompt(task)
    tried = attempt.candidates
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
