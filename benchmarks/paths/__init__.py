"""The hot paths, one file per verb. A file has a list `PATHS` of `benchmarks.harness.Path`."""
