"""SigLIPs with random weights; imported only where torch is."""

from typing import Any

import torch
import transformers

SIDE, SIZE, PATCH = 64, 32, 16
VISION = {
    "hidden_size": SIZE, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2,
    "image_size": SIDE, "patch_size": PATCH,
}  # fmt: skip
TEXT = {
    "hidden_size": SIZE, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 99,
}  # fmt: skip


def siglip() -> Any:
    """Both towers, small."""
    torch.manual_seed(0)
    return transformers.SiglipModel(transformers.SiglipConfig(vision_config=VISION, text_config=TEXT)).eval()


def tower(**sizes: Any) -> Any:
    """The vision tower alone; without sizes that of google/siglip-base-patch16-224."""
    torch.manual_seed(0)
    return transformers.SiglipVisionModel(transformers.SiglipVisionConfig(**sizes)).eval()
