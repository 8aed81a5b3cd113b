"""Benchmarks of the spine; each prints figures measured side by side in one run."""
