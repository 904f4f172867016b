"""The published evaluation: recall, false positives and spans of simfilter beside its peers. Run `python -m benchmarks.quality`.

`packages` fetches code, `functions` cuts it up, `corpora` says what is indexed and judged, `detectors` judges, `measures` counts, `report`
shows. docs/quality.md holds the results and what they mean.
"""
