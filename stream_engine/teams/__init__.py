"""Which team and which role everybody has, from looks at their kits and from what others took them for. NumPy only."""
