"""Who is who: boxes, masks and looks in, identities out. NumPy and SciPy alone: no model, no IO, no clock."""
