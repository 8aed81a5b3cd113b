"""Tests of the training; they need torch and are skipped where it is not installed."""
