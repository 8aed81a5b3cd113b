"""Networks of the families that are exported, small and with random weights; imported only where torch is."""

from typing import Any

import torch
import transformers

SIDE, CLASSES = 64, ("nobody", "player", "sports ball", "referee", "horse")
HEADS = {"num_queries": 12, "d_model": 32, "num_labels": len(CLASSES), "id2label": dict(enumerate(CLASSES))}


def rf_detr(heads: int = 2, **changes: Any) -> Any:
    torch.manual_seed(0)
    backbone = {
        "model_type": "rf_detr_dinov2", "hidden_size": 32, "num_hidden_layers": 4, "num_attention_heads": 2,
        "image_size": 48, "patch_size": 16, "num_windows": 2, "out_features": ["stage2", "stage4"],
    }  # fmt: skip
    config = transformers.RfDetrConfig(
        backbone_config=backbone | changes, decoder_layers=2, decoder_self_attention_heads=heads, group_detr=2,
        decoder_cross_attention_heads=2 * heads, decoder_ffn_dim=32, decoder_n_points=2, **HEADS,
    )  # fmt: skip
    return alive(transformers.RfDetrForObjectDetection(config))


HYBRID = {
    "encoder_hidden_dim": 16, "encoder_in_channels": [16, 16, 16], "encoder_ffn_dim": 16, "encoder_attention_heads": 2,
    "decoder_in_channels": [16, 16, 16], "decoder_ffn_dim": 16, "decoder_layers": 2, "decoder_attention_heads": 2,
    "hidden_expansion": 0.5, "num_denoising": 0,
}  # fmt: skip


def d_fine() -> Any:
    torch.manual_seed(0)
    backbone = transformers.HGNetV2Config(
        stem_channels=[3, 8, 8], stage_in_channels=[8, 16, 16, 16], stage_mid_channels=[8, 8, 8, 8],
        stage_out_channels=[16, 16, 16, 16], stage_num_blocks=[1, 1, 1, 1], stage_numb_of_layers=[1, 1, 1, 1],
        embedding_size=8, hidden_sizes=[16, 16, 16, 16], depths=[1, 1, 1, 1], out_indices=[2, 3, 4],
    )  # fmt: skip
    config = transformers.DFineConfig(backbone_config=backbone, **HYBRID, **HEADS | {"d_model": 16})
    return alive(transformers.DFineForObjectDetection(config))


def rt_detr_v2() -> Any:
    torch.manual_seed(0)
    backbone = transformers.RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 16, 16, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = transformers.RTDetrV2Config(backbone_config=backbone, **HYBRID, **HEADS | {"d_model": 16})
    return alive(transformers.RTDetrV2ForObjectDetection(config))


def alive(net: Any) -> Any:
    """No weight is nought and none is timid, so that no two queries say quite the same."""
    chance = torch.Generator().manual_seed(1)
    for weights in net.parameters():
        shape = weights.shape
        weights.data = (
            torch.randn(shape, generator=chance) * 0.2
            if not weights.any()
            else weights.data * (3 if weights.ndim > 1 else 1)
        )
    return net.eval()
