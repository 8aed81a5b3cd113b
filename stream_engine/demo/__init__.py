"""The built-in demonstration: a clip, and a player that makes a live feed of it."""
