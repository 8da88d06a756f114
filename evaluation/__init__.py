"""Variants measured on data sets: cases, metrics, experiments, comparisons, labels and reports.

    cases = data_sets.read("samples/questions.jsonl")
    experiment = experiments.run(cases, variant, subject, client)
    report.of_experiment(experiment)

A *case* is a question with what is known of its right answer. A *subject* is what answers it under a *variant*. What
came of it is an *outcome*, which `metrics/` score; an *experiment* is the outcomes and scores of all cases of a set.
"""
