"""The report: one HTML page to look at a build or a data set."""

from synthsmith.cards.report.page import Report, write_report

__all__ = ["Report", "write_report"]
