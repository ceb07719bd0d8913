"""A published data set as trainers read it without a line of glue: one small file per trainer."""

from synthsmith.builders.export.exporting import Exported, export
from synthsmith.builders.export.targets import TARGETS

__all__ = ["TARGETS", "Exported", "export"]
