"""The figures of a card."""

from synthsmith.cards.plots.pictures import Picture, difficulty, pictures, save, text_lengths

__all__ = ["Picture", "difficulty", "pictures", "save", "text_lengths"]
