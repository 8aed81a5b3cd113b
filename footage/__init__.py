"""Rendered football footage with known truth: trains the built-in models, drives the demo, judges every change."""
