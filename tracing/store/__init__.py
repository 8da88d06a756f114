"""Runs, projects, feedback, data sets and prompts in one SQLite file; knows nothing of HTTP."""
