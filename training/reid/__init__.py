"""Training of the built-in network that tells people apart."""
