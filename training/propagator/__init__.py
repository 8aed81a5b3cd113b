"""The nano propagator: what it learns from, its network, its closed loop of training, and its files."""
