"""Agents that play something like football: who is where, at every moment, with the ball."""
