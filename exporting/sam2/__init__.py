"""Makes the four graphs of SAM 2.1: encode, prompt_head, track_head and memorize."""

from typing import Literal

PARTS = ("encode", "prompt_head", "track_head", "memorize")
Mode = Literal["region", "frame"]  # a picture for each object, or one for all
