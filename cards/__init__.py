"""The shop window: what the rows say, the page that shows it, and the repository that both make up."""

from synthsmith.cards.card import Edition, Provenance, render_card
from synthsmith.cards.facts import Facts, count
from synthsmith.cards.repository import make_dataset
from synthsmith.cards.summary import summarise, write_summary

__all__ = [
    "Edition",
    "Facts",
    "Provenance",
    "count",
    "make_dataset",
    "render_card",
    "summarise",
    "write_summary",
]
