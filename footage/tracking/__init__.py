"""Real positions of a match, in place of a played one."""
