"""The figures of a card."""

from synthsmith.cards.plots.picture import Picture, save
from synthsmith.cards.plots.pictures import difficulty, pictures, text_lengths

__all__ = ["Picture", "difficulty", "pictures", "save", "text_lengths"]
