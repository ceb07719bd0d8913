"""pass@k and avg@n for programs over standard input, functions, and functions under assertions, in a sandbox.

>>> import evaluate
>>> from synthsmith.verification.metric import metric_path
>>> metric = evaluate.load(metric_path("pass_at_k"))
>>> double = "print(2 * int(input()))"
>>> square = "print(int(input()) ** 2)"
>>> metric.compute(
...     predictions=[[double, square]],
...     references=[{"inputs": ["2", "5"], "outputs": ["4", "10"]}],
...     k=[1, 2],
... )
{'pass@1': 0.5, 'pass@2': 1.0, 'avg@2': 0.5}

A function is called with one JSON value a line and returns one; `entry` is its starter code.

>>> starter = "class Solution:\\n    def total(self, numbers: List[int]) -> int: ..."
>>> metric.compute(
...     predictions=[["class Solution:\\n    def total(self, numbers):\\n        return sum(numbers)"]],
...     references=[{"inputs": ["[1, 2, 3]"], "outputs": ["6"], "entry": starter}],
... )
{'pass@1': 1.0, 'avg@1': 1.0}

References may be test code, as `code_eval` takes it.

>>> metric.compute(
...     predictions=[["def add(a, b): return a + b", "def add(a, b): return a * b"]],
...     references=["assert add(2, 3) == 5"],
...     k=[1, 2],
... )
{'pass@1': 0.5, 'pass@2': 1.0, 'avg@2': 0.5}
"""

try:
    from synthsmith.verification.metric import PassAtK
except ImportError as error:
    raise ImportError("This metric is a part of SynthSmith: pip install synthsmith") from error

__all__ = ["PassAtK"]
