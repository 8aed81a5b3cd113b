"""`python -m stream_engine.bench.propagate_library make FOLDER SIDE`, then `… run FOLDER OBJECTS THREADS`.

The first writes a SAM 2.1 with tiny's shapes and random weights. The second follows objects with it as transformers'
own streaming session does: a frame for each line that comes in, its milliseconds for each that goes out.
"""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import Sam2VideoConfig, Sam2VideoModel
from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

from stream_engine.backends.arrays import IMAGENET, colours_into, limit_threads, rgb_into
from stream_engine.bench.propagate_alone import Bytes, Stopwatch, answer_lines, clip_of, places

PATCH = 16
SEED = 19


def main() -> None:
    """Make or run."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    if sys.argv[1] == "make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
    else:
        limit_threads(int(sys.argv[4]))
        torch.set_num_threads(int(sys.argv[4]))
        answer_lines(Library(Path(sys.argv[2]), int(sys.argv[3])).step)


def make(folder: Path, side: int) -> None:
    """What is nought at first hides work from nobody, but its memories would all be the same."""
    torch.manual_seed(SEED)
    net = Sam2VideoModel(config_at(side)).eval()
    with torch.no_grad():
        for weights in net.parameters():
            if not weights.any():
                weights.normal_(0, 0.1)
    net.save_pretrained(folder)


def config_at(side: int) -> Any:
    """The defaults, which are tiny's, for pictures of this side."""
    config, cells = Sam2VideoConfig(), side // PATCH
    config.image_size = config.prompt_encoder_config.image_size = side
    config.memory_attention_rope_feat_sizes = [cells, cells]
    config.vision_config.backbone_feature_sizes = [[finer * cells] * 2 for finer in (4, 2, 1)]
    return config


class Library:
    """One session over the clip."""

    def __init__(self, folder: Path, objects: int) -> None:
        self._net: Any = Sam2VideoModel.from_pretrained(folder).eval()
        self._session: Any = Sam2VideoInferenceSession(dtype=torch.float32)
        self._side: int = self._net.config.image_size
        self._clip, self._objects, self._frame = clip_of(), objects, -1

    def step(self) -> dict[str, float]:
        """The next frame."""
        self._frame += 1
        watch, nv12 = Stopwatch(), next(self._clip)
        with watch("take"):
            pixels = self._pixels(nv12)
        with watch("session"), torch.inference_mode():
            if not self._frame:
                self._point(places(nv12, self._objects))
            self._net(inference_session=self._session, frame=pixels)
        return watch.ms

    def _pixels(self, nv12: Bytes) -> torch.Tensor:
        rgb, planes = np.empty((self._side, self._side, 3), np.uint8), np.empty((3, self._side, self._side), np.float32)
        rgb_into(nv12, rgb, averaged=True)
        colours_into(rgb, IMAGENET, planes)
        return torch.from_numpy(planes)

    def _point(self, boxes: Any) -> None:
        """At every object by its box."""
        for each, (left, top, width, height) in enumerate((boxes * self._side).tolist()):
            corners = torch.tensor([[[[left, top], [left + width, top + height]]]])
            labels = torch.tensor([[[2, 3]]], dtype=torch.int32)
            self._session.add_point_inputs(
                self._session.obj_id_to_idx(each), 0, {"point_coords": corners, "point_labels": labels}
            )
            self._session.obj_with_new_inputs.append(each)


if __name__ == "__main__":
    main()
