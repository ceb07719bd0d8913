"""What an evaluation leaves to be looked at: results.json, report.md and plot.svg."""

from synthsmith.cards.evaluation.publish import publish

__all__ = ["publish"]
