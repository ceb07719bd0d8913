"""pass@k and avg@n as a metric of `evaluate`, over the same judge and sandbox as everything else.

This is the only module that imports `evaluate`. The folder `pass_at_k/` beside it is the thin script that
`evaluate.load` wants, and the Space that is published.
"""

import math
from collections.abc import Sequence
from importlib.resources import files
from itertools import islice

import datasets
import evaluate
from synthsmith.verification.compare import TOKENS, Checker, parse_checker
from synthsmith.verification.errors import InputError, SandboxError
from synthsmith.verification.estimates import pass_at_k
from synthsmith.verification.judge import judge_all
from synthsmith.verification.programs import number_programs, without_halves
from synthsmith.verification.references import (
    Candidates,
    Reference,
    candidates_for,
    require_complete,
    with_entry,
)
from synthsmith.verification.sandbox import Sandbox
from synthsmith.verification.types import Limits, Solution, Verdict

METRICS = ("pass_at_k",)
AHEAD = 1 << 14  # runs made while one that never ends is awaited

_DESCRIPTION = """\
pass@k: the probability that at least one of k samples of a program is right, estimated without bias from n
samples (Chen et al., 2021); avg@n: the share of right samples. Programs read standard input, are functions
that are called, or are tried by assertions; they run in SynthSmith's sandbox.
"""

_INPUTS = """
Args:
    predictions: for each problem the list of its candidate programs (Python source).
    references: for each problem {"inputs": [...], "outputs": [...]}: what each test feeds to standard input
        and the right output; with "entry" (LeetCode starter code) the inputs hold one JSON value a line, in
        the order of the parameters, and the outputs one JSON value. Or, for all problems, test code as for
        `code_eval`: "assert add(2, 3) == 5", or "def check(candidate): ..." and its call.
    k: which pass@k to compute; more than the candidates of any problem is an error.
    checker: how outputs are compared: "tokens", "exact", "lines", "unordered", or an object such as
        {"kind": "floats", "absolute": 1e-6, "relative": 1e-6} or
        {"kind": "program", "language": "cpp", "code": ...} (a checker as testlib calls it).
    time_limit_s, memory_mb: what one run may use; the time is that of the processor.
    workers: how many programs run at once; one for each usable core by default.
    isolated: give each run a process of its own; if not, small inputs of a candidate are tried several in
        one, and whatever is not right is run again.
    unsafe: run even where this machine cannot isolate programs in full.
    return_details: add "details": for each problem the list of its candidates' verdicts.
Returns:
    {"pass@1": ..., "avg@8": ...} as plain floats. The key is "avg" where problems differ in their number of
    candidates; all are 0.0 where there is no problem.
"""

_CITATION = """\
@article{wu2026xcoder, title={X-Coder}, author={Wu, Jie and Li, Haoling and Zhang, Xin and others}, \
journal={arXiv preprint arXiv:2601.06953}, year={2026}}
"""

_TEXT = datasets.Value("large_string")
_CANDIDATES = datasets.List(_TEXT)
_TESTS = {"inputs": datasets.List(_TEXT), "outputs": datasets.List(_TEXT), "entry": _TEXT}
_FEATURES = [
    datasets.Features({"predictions": _CANDIDATES, "references": _TESTS}),
    datasets.Features({"predictions": _CANDIDATES, "references": _TEXT}),
]


def metric_path(name: str) -> str:
    """The folder of a metric, for `evaluate.load`."""
    if name not in METRICS:
        raise InputError(f"there is no metric {name!r}; there is {', '.join(METRICS)}.")
    return str(files("synthsmith.verification") / name)


def load_metric(name: str) -> "PassAtK":
    """A metric, ready to `compute`; unlike by `evaluate.load` no code is copied into a cache."""
    metric_path(name)
    return PassAtK()


class PassAtK(evaluate.Metric):  # type: ignore[misc]  # evaluate has no types
    """The metric; see `compute` for what it takes and gives."""

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=_DESCRIPTION,
            citation=_CITATION,
            inputs_description=_INPUTS,
            features=_FEATURES,
            license="Apache-2.0",
        )

    def add_batch(
        self,
        *,
        predictions: Sequence[Sequence[str]] | None = None,
        references: Sequence[Reference | str] | None = None,
    ) -> None:
        """Adds problems with their candidates; `entry` may be absent, though evaluate asks for all keys."""
        require_complete(() if references is None else references)
        complete = None if references is None else [with_entry(each) for each in references]
        kept = None if predictions is None else [_storable(each) for each in predictions]
        super().add_batch(predictions=kept, references=complete)

    def add(
        self, *, prediction: Sequence[str] | None = None, reference: Reference | str | None = None
    ) -> None:
        """Adds one problem with its candidates."""
        require_complete(() if reference is None else [reference])
        kept = None if prediction is None else _storable(prediction)
        super().add(prediction=kept, reference=None if reference is None else with_entry(reference))

    def _infer_feature_from_batch(self, batch: dict[str, Sequence[object]]) -> datasets.Features:
        return super()._infer_feature_from_batch(batch) if batch["references"] else _FEATURES[0]

    def _compute(
        self,
        predictions: list[list[str]],
        references: list[Reference] | list[str],
        k: int | Sequence[int] = (1,),
        checker: object = "tokens",
        time_limit_s: float = 2.0,
        memory_mb: int = 512,
        workers: int | None = None,
        isolated: bool = True,
        unsafe: bool = False,
        return_details: bool = False,
    ) -> dict[str, object]:
        wanted = [k] if isinstance(k, int) else k
        _require_k(wanted, predictions)
        rule, limits = parse_checker(checker), Limits(time_limit_s, memory_mb=memory_mb)
        if rule != TOKENS and any(isinstance(each, str) for each in references):
            raise InputError("a checker has no meaning where references are test code: assertions compare.")
        tests: Sequence[Reference | str] = references
        problems = [
            candidates_for(index, codes, reference)
            for index, (codes, reference) in enumerate(zip(predictions, tests, strict=True))
        ]
        with Sandbox(workers, unsafe=unsafe) as sandbox:
            verdicts = _judge(problems, rule, limits, sandbox, may_share=not isolated)
        result: dict[str, object] = {**_scores(verdicts, wanted)}
        return result | {"details": [list(map(str, each)) for each in verdicts]} if return_details else result


def _storable(codes: Sequence[str]) -> Sequence[str]:
    """The candidates as Arrow can hold them; what is no list of texts is left to evaluate."""
    if not isinstance(codes, list | tuple):
        return codes
    return [without_halves(code) if isinstance(code, str) else code for code in codes]


def _require_k(k: Sequence[int], predictions: Sequence[Sequence[str]]) -> None:
    if not k or any(isinstance(each, bool) or not isinstance(each, int) or each < 1 for each in k):
        raise InputError(f"k must be a list of whole numbers above 0, not {k!r}.")
    for index, codes in enumerate(predictions):
        if max(k) > len(codes):
            raise InputError(
                f"pass@{max(k)} needs {max(k)} candidates, but predictions[{index}] has {len(codes)}; "
                "give more candidates or a smaller k."
            )
        if any(code is None for code in codes):  # whatever else is no text evaluate has made one
            raise InputError(f"predictions[{index}] holds None; a candidate is the text of a program.")


def _judge(
    problems: Sequence[Candidates], checker: Checker, limits: Limits, sandbox: Sandbox, *, may_share: bool
) -> list[list[Verdict]]:
    """For each problem the verdicts on its candidates; candidates that are one program are judged once."""
    solutions = [[Solution(str(i), code) for i, code in enumerate(each.codes)] for each in problems]
    programs = [number_programs(each) for each in solutions]
    firsts = [[numbers.index(number) for number in sorted(set(numbers))] for numbers in programs]
    entries = (
        each.entry(codes[i], checker, limits, may_share=may_share)
        for each, codes, first in zip(problems, solutions, firsts, strict=True)
        for i in first
    )
    judged = (each.verdict for each in judge_all(entries, sandbox, ahead=AHEAD))
    distinct = [list(islice(judged, len(first))) for first in firsts]
    return [[each[n] for n in numbers] for each, numbers in zip(distinct, programs, strict=True)]


def _scores(verdicts: Sequence[Sequence[Verdict]], k: Sequence[int]) -> dict[str, float]:
    """pass@k for each k, and avg@n. Candidates that could not be judged by our fault are not counted."""
    counts = [_count(index, each, max(k)) for index, each in enumerate(verdicts)]
    scores = {f"pass@{each}": _mean([pass_at_k(n, c, each) for n, c in counts]) for each in k}
    sizes = {len(each) for each in verdicts}
    name = f"avg@{sizes.pop()}" if len(sizes) == 1 else "avg"
    return scores | {name: _mean([c / n for n, c in counts])}


def _count(index: int, verdicts: Sequence[Verdict], k: int) -> tuple[int, int]:
    n = sum(verdict is not Verdict.JE for verdict in verdicts)
    if n < k:
        raise SandboxError(
            f"only {n} of the {len(verdicts)} candidates of predictions[{index}] could be judged, too few "
            f"for pass@{k}; the sandbox failed on the others (see `synthsmith doctor`), or the checker did."
        )
    return n, sum(verdict is Verdict.AC for verdict in verdicts)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if values else 0.0
