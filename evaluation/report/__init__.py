"""Reports: one HTML file each, with its plots, style and script inside, so that it opens anywhere."""

from vademecum.evaluation.report.pages import of_comparison, of_experiment

__all__ = ["of_comparison", "of_experiment"]
