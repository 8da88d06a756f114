"""Measurements with a bar, each run by `python -m benchmarks.NAME` from the repository's root; one JSON line a figure.

A package, because a dependency of ours installs a top-level `benchmarks` of its own. Not part of the wheel.
"""
