"""Variants measured on data sets: cases, metrics, experiments, comparisons, labels and reports.

    data_set = data_sets.read("samples/questions.jsonl")
    experiment = running.run(data_set, variant, target, client=client)
    report.of_experiment(experiment)

A *case* is a question with what is known of its right answer. A *target* answers it under a *variant*. The answer, with
the hits and the tokens it took, is an *outcome*, which `metrics/` score; an *experiment* is the outcomes and scores of
all cases of a data set.
"""
