"""Each hot path of Varde beside its hand-written SQL twin, measured in turn in one process.

`python3 run.py bench [NAME] [--json] [--scale N]`. A path is a file in `benchmarks/paths/` with a list `PATHS`; a new
file is found by itself. What counts is the ratio: the figures of two runs, or of two machines, do not compare.
"""
