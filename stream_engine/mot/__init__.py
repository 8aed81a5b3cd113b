"""Public tracking benchmarks: MOTChallenge's folders in, result files and figures out."""
