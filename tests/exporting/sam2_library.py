"""SAM 2 without files: its parts in torch, and transformers' own streaming session; imported only where torch is."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from transformers.models.sam2_video import modeling_sam2_video

from tests.exporting.sam2_session import Answer, Part, Prompt


def in_torch(module: Any, signature: Any) -> Part:
    """A part as torch runs it."""

    def run(arrays: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        with torch.inference_mode():
            told = module(*signature.arguments({name: torch.from_numpy(arrays[name]) for name in signature.inputs}))
        return {
            name: each.numpy()
            for name, each in zip(signature.outputs, told if isinstance(told, tuple) else (told,), strict=True)
        }

    return run


def followed(
    net: Any, clip: Sequence[NDArray[np.float32]], prompts: Mapping[int, Mapping[int, Prompt]]
) -> list[dict[int, Answer]]:
    """What is said of each object in each frame, [1, 3, side, side]; prompts by frame and object.

    Its memories are not rounded to half of their digits.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(torch, "bfloat16", torch.float32)
        return list(_followed(net, clip, prompts))


def _followed(
    net: Any, clip: Sequence[NDArray[np.float32]], prompts: Mapping[int, Mapping[int, Prompt]]
) -> Iterator[dict[int, Answer]]:
    said: list[float] = []  # IoU scores, which it does not keep
    whole = net._single_frame_forward

    def listening(**arguments: Any) -> Any:
        told = whole(**arguments)
        said.append(float(told.iou_scores.max()))
        return told

    net._single_frame_forward = listening
    session: Any = modeling_sam2_video.Sam2VideoInferenceSession(dtype=torch.float32)
    for frame, pixels in enumerate(clip):
        for each, prompt in prompts.get(frame, {}).items():
            points = {
                "point_coords": torch.from_numpy(prompt.points)[None, None],
                "point_labels": torch.tensor([[prompt.labels]], dtype=torch.int32),
            }
            session.add_point_inputs(session.obj_id_to_idx(each), frame, points)
            session.obj_with_new_inputs.append(each)
        net(inference_session=session, frame=torch.from_numpy(pixels[0]))
        yield {
            each: _kept(session.output_dict_per_obj[at], frame, iou)
            for at, (each, iou) in enumerate(zip(session.obj_ids, said, strict=True))
        }
        said.clear()


def _kept(outputs: Any, frame: int, iou: float) -> Answer:
    kept = outputs["cond_frame_outputs"].get(frame) or outputs["non_cond_frame_outputs"][frame]
    mask, memory = kept["pred_masks"][0, 0], kept["maskmem_features"].permute(1, 2, 0)[0]
    cells = mask.shape[-1] // 4
    logit = float(kept["object_score_logits"])
    pointer = kept["object_pointer"].flatten().numpy()
    return Answer(mask.numpy(), iou, logit, pointer, memory.unflatten(1, (cells, -1)).numpy())
