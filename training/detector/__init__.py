"""The nano detector: frames to learn from, its network, its training, and its files."""
