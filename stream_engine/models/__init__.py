"""The models: what goes into each and what its outputs mean, as plain arrays; the nets themselves run in backends."""
