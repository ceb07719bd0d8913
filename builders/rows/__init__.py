"""The rows that one finished attempt gives in each config.

An attempt is expensive and holds everything; a row is a cheap view of it, and every view is a function from
one attempt to its rows.
"""

from synthsmith.builders.rows.reinforcement import rl
from synthsmith.builders.rows.views import VIEWS

__all__ = ["VIEWS", "rl"]
