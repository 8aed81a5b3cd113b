"""The memory bank of the mask propagator: which frames of every object are remembered, and where; arrays only."""
