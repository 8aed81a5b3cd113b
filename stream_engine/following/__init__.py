"""Following objects from frame to frame: where they should be, what is looked at, whose pixels are whose."""
