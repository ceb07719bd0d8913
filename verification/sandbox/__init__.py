"""Programs behind walls."""

from ..types import Limits
from .pool import Job, Sandbox

__all__ = ["Job", "Limits", "Sandbox"]
