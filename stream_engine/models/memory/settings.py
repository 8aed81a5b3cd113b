"""What deserves to be remembered: the thresholds, and where each comes from."""

from typing import Annotated, Literal

import msgspec

Mode = Literal["recall", "selective", "none"]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]


class MemoryConfig(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`recall` remembers every frame, `selective` only what is sure, `none` nothing at all."""

    mode: Mode = "selective"
    # There is somebody: SAM 2 blanks the mask below 0, SAMURAI forgets the frame.
    min_object_logit: Annotated[float, msgspec.Meta(ge=-32, le=32)] = 0.0
    # Predicted IoU of the mask, SAMURAI's 0.5. More: fewer and better frames, older ones when it is crowded.
    min_confidence: Share = 0.5
    # IoU with the detection that was matched, where there is one; ours.
    min_detection_iou: Share = 0.5
    # Share of the mask that lies in another object's from which on it is not written; after SAM2MOT's interaction.
    max_overlap: Share = 0.5
    # Frames that tell the object from its rivals, kept beside the anchor; d4sm keeps 3, 0 keeps none.
    distractors: Annotated[int, msgspec.Meta(ge=0, le=16)] = 3
    # Predicted IoU that such a frame needs more than; DAM4SAM.
    distractor_confidence: Share = 0.8
    # Frames that must lie between two of them, or one crossing would fill all; DAM4SAM.
    distractor_gap: Annotated[int, msgspec.Meta(ge=0, le=1000)] = 5
    # How far the area may be from its median when another mask was possible; DAM4SAM's 0.8 to 1.2.
    area_change: Share = 0.2
    # Predicted IoU of the other mask; ours, DAM4SAM takes any (0).
    alternative_confidence: Share = 0.5
    # The mask's box over the one that holds both, at most: the other mask reaches far out; DAM4SAM.
    alternative_share: Share = 0.7
    # IoU with the box of another object of the same kind that makes it a rival; ours.
    rival_overlap: Share = 0.3
    # Frames from the beginning of one recent memory to that of the next, in `selective`; d4sm's update_delta.
    recent_every: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 5
