"""The weights of a conditional logit, fitted to instances of which it is known what was right."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from synthsmith.verification.agreement import Evidence, Logit

RIDGE = 5.0
STEPS, HALVINGS, SMALL = 60, 20, 1e-7


@dataclass(frozen=True, slots=True)
class Instance:
    """One choice: what spoke for each option, which of them were right (none may be), its task and weight."""

    evidence: Evidence
    right: tuple[bool, ...]
    task: int
    weight: float


class Fit:
    """Many instances as one array; `weights` fits without some tasks."""

    def __init__(self, instances: Sequence[Instance], shape: Logit) -> None:
        self._option, self._none = tuple(shape.option), tuple(shape.none)
        rows: list[list[float]] = []
        right: list[bool] = []
        starts: list[int] = []
        for each in instances:
            starts.append(len(rows))
            rows += [
                [features[name] for name in self._option] + [0.0] * len(self._none)
                for features in each.evidence.options.values()
            ]
            rows.append([0.0] * len(self._option) + [each.evidence.none[name] for name in self._none])
            right += [*each.right, not any(each.right)]
        self._rows, self._right = np.array(rows), np.array(right, float)
        self._starts = np.array(starts)
        self._segment = np.repeat(np.arange(len(starts)), np.diff(np.append(self._starts, len(rows))))
        self._tasks = np.array([each.task for each in instances])
        self._weight = np.array([each.weight for each in instances])

    def weights(self, without: Collection[int] = ()) -> Logit:
        """The penalised maximum of the likelihood of what was right, over all tasks but these."""
        used = np.where(np.isin(self._tasks, list(without)), 0.0, self._weight)
        at = np.zeros(self._rows.shape[1])
        value, gradient, curvature = self._look(at, used)
        for _ in range(STEPS):
            step = np.linalg.solve(curvature, gradient)
            for halving in range(HALVINGS):
                new = at - step / 2**halving
                found = self._look(new, used)
                if found[0] <= value:
                    break
            gain = value - found[0]
            at, (value, gradient, curvature) = new, found
            if gain < SMALL * abs(value):
                break
        options = len(self._option)
        return Logit(
            {name: round(float(x), 2) for name, x in zip(self._option, at[:options], strict=True)},
            {name: round(float(x), 2) for name, x in zip(self._none, at[options:], strict=True)},
        )

    def _look(self, at: np.ndarray, used: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """The loss, its gradient, and the curvature of the choice's own distribution."""
        scores = self._rows @ at
        scores = np.exp(scores - np.maximum.reduceat(scores, self._starts)[self._segment])
        shares = scores / np.add.reduceat(scores, self._starts)[self._segment]
        hit = np.maximum(np.add.reduceat(shares * self._right, self._starts), 1e-12)
        weight = used[self._segment]
        loss = -float(used @ np.log(hit)) + RIDGE / 2 * float(at @ at)
        gradient = self._rows.T @ (weight * (shares - shares * self._right / hit[self._segment])) + RIDGE * at
        means = np.add.reduceat(self._rows * shares[:, None], self._starts, axis=0)
        second = (self._rows * (weight * shares)[:, None]).T @ self._rows
        curvature = second - (means * used[:, None]).T @ means + RIDGE * np.eye(len(at))
        return loss, gradient, curvature
