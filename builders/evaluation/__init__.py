"""Models and files of generations, held against benchmarks: questions in, verdicts and scores out."""

from synthsmith.builders.evaluation.asked import Asking, only
from synthsmith.builders.evaluation.benchmark import Benchmark, Selection, benchmark_at
from synthsmith.builders.evaluation.comparison import Comparison, compare
from synthsmith.builders.evaluation.run import Evaluation, Judging, evaluate_file, evaluate_model
from synthsmith.builders.evaluation.tally import Excluded, Group, Outcome

__all__ = [
    "Asking",
    "Benchmark",
    "Comparison",
    "Evaluation",
    "Excluded",
    "Group",
    "Judging",
    "Outcome",
    "Selection",
    "benchmark_at",
    "compare",
    "evaluate_file",
    "evaluate_model",
    "only",
]
