"""A streaming real-time processor for live broadcast football."""

__version__ = "0.1.0"
