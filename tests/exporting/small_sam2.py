"""A small SAM 2.1 with random weights that all make a difference; imported only where torch is."""

import math
from typing import Any

import torch
import transformers

SIDE = 128
SHOWN = 2.5  # of the object logit: some objects are not to be seen, and none is just about so
TABLES = ("embed.weight", "token.weight", "tokens.weight")  # looked up, not multiplied


def sam2(side: int = SIDE, seed: int = 19) -> Any:
    """A network for pictures of this side."""
    torch.manual_seed(seed)  # of the waves for positions, which are no parameters
    cells, width = side // 16, 128
    backbone = {
        "model_type": "sam2_hiera_det_model", "hidden_size": 8, "embed_dim_per_stage": [8, 16, 32, 64],
        "num_attention_heads_per_stage": [1, 1, 2, 2], "blocks_per_stage": [1, 1, 2, 1], "global_attention_blocks": [3],
    }  # fmt: skip
    vision = {
        "model_type": "sam2_vision_model", "backbone_config": backbone, "backbone_channel_list": [64, 32, 16, 8],
        "fpn_hidden_size": width, "backbone_feature_sizes": [[finer * cells] * 2 for finer in (4, 2, 1)],
    }  # fmt: skip
    config = transformers.Sam2VideoConfig(
        vision_config=vision, prompt_encoder_config={"hidden_size": width, "image_size": side},
        mask_decoder_config={"hidden_size": width, "mlp_dim": 64, "iou_head_hidden_dim": 32},
        image_size=side, memory_attention_hidden_size=width, memory_attention_rope_feat_sizes=[cells, cells],
        memory_attention_num_layers=2, memory_attention_feed_forward_hidden_size=64, memory_encoder_hidden_size=width,
        mask_downsampler_embed_dim=width, memory_fuser_embed_dim=width, memory_fuser_intermediate_dim=64,
    )  # fmt: skip
    net = transformers.Sam2VideoModel._from_config(config, attn_implementation="eager").eval()
    enliven(net, seed)
    return net


def enliven(net: Any, seed: int) -> None:
    """Give every weight a random value of a size that passes things on: those that are nought at first hide errors."""
    chance = torch.Generator().manual_seed(seed)
    for name, weights in net.named_parameters():
        drawn = torch.randn(weights.shape, generator=chance)
        if "norm" in name and name.endswith("weight"):
            weights.data = 1 + 0.1 * drawn
        elif weights.ndim > 1 and name.endswith("weight") and not name.endswith(TABLES):
            inputs = weights.shape[0] if "upscale" in name else weights[0].numel()
            sharp = 3 if name.endswith("q_proj.weight") else 1  # what is looked for is to make a difference
            weights.data = drawn * sharp / math.sqrt(inputs)
        else:
            weights.data = drawn * (0.1 if name.endswith("bias") else 0.5)
    decoder = net.mask_decoder
    for head, times in (
        (decoder.output_hypernetworks_mlps[0], 3), (decoder.iou_prediction_head, 3), (decoder.pred_obj_score_head, 8),
    ):  # fmt: skip
        head.proj_out.weight.data *= times
    decoder.pred_obj_score_head.proj_out.bias.data.fill_(SHOWN)
