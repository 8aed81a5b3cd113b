"""Training of the built-in models on rendered matches; needs torch, is not part of the installed package."""
