"""Which frames are remembered: each rule by itself, and all of them on evidence of any kind."""

from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stream_engine.models.memory.evidence import rivals
from stream_engine.models.memory.rules import Reason, decide
from stream_engine.models.memory.settings import MemoryConfig
from stream_engine.models.memory.shelf import Place
from tests.models.memory.made import known, sure

SELECTIVE = MemoryConfig(mode="selective")
BESIDE = np.array([[[10.0, 0.0, 20.0, 10.0]]])  # doubles the box


def told(**changes: Any) -> tuple[Place, Reason]:
    """What is decided for one object, and why."""
    (place,), (reason,), *_ = decide(sure(**changes), known(), SELECTIVE)
    return Place(place), Reason(reason)


def refused(**changes: Any) -> str:
    place, reason = told(**changes)
    assert place is Place.NOWHERE
    return reason.told


def test_what_nothing_speaks_against_is_written_as_recent() -> None:
    assert told() == (Place.RECENT, Reason.SURE)


def test_a_sure_prompt_becomes_the_anchor() -> None:
    assert told(prompted=[True]) == (Place.ANCHOR, Reason.PROMPTED)


def test_a_prompt_that_is_not_sure_is_not_written() -> None:
    assert refused(prompted=[True], iou=[0.4]) == "low confidence"


def test_a_prompt_among_rivals_is_the_anchor_all_the_same() -> None:
    assert told(prompted=[True], rival=[0.5]) == (Place.ANCHOR, Reason.PROMPTED)


@pytest.mark.parametrize("logit", [0.0, -1.0, np.nan])
def test_a_frame_with_nobody_there_is_not_written(logit: float) -> None:
    assert refused(object_logit=[logit]) == "nobody there"


@pytest.mark.parametrize("area", [0.0, np.nan])
def test_an_empty_mask_is_not_written(area: float) -> None:
    assert refused(area=[area]) == "empty mask"


def test_a_mask_is_written_from_the_least_confidence_on() -> None:
    assert refused(iou=[0.49]) == "low confidence"
    assert refused(iou=[np.nan]) == "low confidence"
    assert told(iou=[0.5])[1] is Reason.SURE


def test_a_mask_that_its_detection_contradicts_is_not_written() -> None:
    assert refused(detection_iou=[0.49]) == "against detection"
    assert told(detection_iou=[0.5])[1] is Reason.SURE


def test_a_mask_without_a_detection_is_contradicted_by_none() -> None:
    assert told(detection_iou=[np.nan])[1] is Reason.SURE


def test_of_two_masks_the_one_that_lies_in_the_other_is_not_written() -> None:
    done = decide(sure(2, overlap=[[1.0, 0.6], [0.3, 1.0]]), known(2), SELECTIVE)
    assert done.place.tolist() == [Place.NOWHERE, Place.RECENT]
    assert Reason(done.reason[0]).told == "overlapped"


def test_two_masks_on_one_person_are_both_not_written() -> None:
    done = decide(sure(2, overlap=np.ones((2, 2))), known(2), SELECTIVE)
    assert done.counts() == {"overlapped": 2}


def test_overlap_that_is_no_number_counts_as_overlap() -> None:
    done = decide(sure(2, overlap=[[1.0, np.nan], [0.0, 1.0]]), known(2), SELECTIVE)
    assert done.counts() == {"overlapped": 1, "sure": 1}


def test_what_a_mask_shares_with_itself_does_not_count() -> None:
    assert told(overlap=[[np.nan]])[1] is Reason.SURE


def test_a_mask_at_the_border_is_not_written() -> None:
    assert refused(at_border=[True]) == "at border"


def test_nothing_is_written_on_a_cut() -> None:
    assert refused(cut=[True]) == "on a cut"
    assert refused(cut=[True], prompted=[True]) == "on a cut"


def test_the_first_rule_that_does_not_hold_is_the_reason() -> None:
    assert refused(cut=[True], object_logit=[-3.0], iou=[0.0]) == "on a cut"
    assert refused(object_logit=[-3.0], iou=[0.0]) == "nobody there"


def test_another_possible_mask_makes_it_a_distractor_frame() -> None:
    assert told(alternative_box=BESIDE) == (Place.DISTRACTOR, Reason.ALTERNATIVE)


def test_another_mask_that_reaches_little_further_does_not() -> None:
    assert told(alternative_box=[[[8.0, 0.0, 14.0, 10.0]]])[1] is Reason.SURE  # 10 of 14
    assert told(alternative_box=[[[8.0, 0.0, 15.0, 10.0]]])[1] is Reason.ALTERNATIVE  # 10 of 15


@pytest.mark.parametrize("box", [[90.0, 0.0, 90.0, 10.0], [90.0, 9.0, 95.0, 2.0], [np.nan] * 4])
def test_another_mask_without_a_piece_outside_does_not(box: list[float]) -> None:
    assert told(alternative_box=[[box]])[1] is Reason.SURE


def test_another_mask_that_is_not_believed_does_not() -> None:
    assert told(alternative_box=BESIDE, alternative_iou=[[0.4]])[1] is Reason.SURE


def test_beside_a_box_without_area_no_other_mask_counts() -> None:
    assert told(box=[[0.0, 0.0, 0.0, 10.0]], alternative_box=BESIDE)[1] is Reason.SURE


def test_any_of_the_other_masks_is_enough() -> None:
    boxes = np.concatenate([np.zeros((1, 1, 4)), BESIDE], axis=1)
    assert told(alternative_box=boxes, alternative_iou=[[0.9, 0.6]])[1] is Reason.ALTERNATIVE


def test_a_net_without_other_masks_has_no_distractor_frames_by_them() -> None:
    assert told(alternative_box=np.zeros((1, 0, 4)), alternative_iou=np.zeros((1, 0)))[1] is Reason.SURE


@pytest.mark.parametrize(("area", "reason"), [(79, "sure"), (81, "alternative"), (119, "alternative"), (121, "sure")])
def test_another_mask_counts_only_while_the_area_is_the_usual_one(area: float, reason: str) -> None:
    done = decide(sure(area=[float(area)], alternative_box=BESIDE), known(usual_area=100.0), SELECTIVE)
    assert done.counts() == {reason: 1}


def test_another_mask_does_not_count_before_an_area_is_known() -> None:
    done = decide(sure(alternative_box=BESIDE), known(usual_area=np.nan), SELECTIVE)
    assert done.counts() == {"sure": 1}


def test_a_near_rival_makes_it_a_distractor_frame() -> None:
    assert told(rival=[0.31]) == (Place.DISTRACTOR, Reason.RIVAL)
    assert told(rival=[0.3])[1] is Reason.SURE


def test_a_distractor_frame_needs_more_confidence_than_a_recent_one() -> None:
    assert told(rival=[0.5], iou=[0.8])[1] is Reason.SURE
    assert told(rival=[0.5], iou=[0.81])[1] is Reason.RIVAL


def test_a_frame_that_is_not_sure_is_no_distractor_frame() -> None:
    assert refused(rival=[0.5], at_border=[True]) == "at border"


def test_distractor_frames_do_not_follow_each_other_closely() -> None:
    assert decide(sure(rival=[0.5]), known(distractor_frame=95), SELECTIVE).counts() == {"sure": 1}
    assert decide(sure(rival=[0.5]), known(distractor_frame=94), SELECTIVE).counts() == {"rival": 1}


def test_without_room_for_distractor_frames_they_are_recent_ones() -> None:
    done = decide(sure(rival=[0.5]), known(), MemoryConfig(distractors=0))
    assert done.place.tolist() == [Place.RECENT]


def test_recall_writes_every_frame_however_doubtful() -> None:
    doubtful = sure(2, object_logit=[-9.0, 5.0], area=[0.0, 0.0], cut=[True, False], prompted=[False, True])
    done = decide(doubtful, known(2), MemoryConfig(mode="recall"))
    assert done.place.tolist() == [Place.RECENT, Place.ANCHOR]
    assert done.counts() == {"prompted": 1, "every frame": 1}


def test_the_mode_none_writes_nothing_not_even_a_prompt() -> None:
    done = decide(sure(2, prompted=[True, False]), known(2), MemoryConfig(mode="none"))
    assert done.counts() == {"off": 2}
    assert done.rows.tolist() == []


def test_a_frame_without_objects_is_decided_too() -> None:
    assert decide(sure(0), known(0), SELECTIVE).counts() == {}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iou", np.zeros(3)),
        ("box", np.zeros((2, 5))),
        ("overlap", np.zeros((2, 3))),
        ("alternative_box", np.zeros((2, 2, 4))),
        ("cut", np.zeros((2, 1), np.bool_)),
    ],
)
def test_evidence_of_other_sides_is_refused_by_name(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"evidence: {name} is "):
        decide(sure(2, **{name: value}), known(2), SELECTIVE)


def test_evidence_without_a_list_of_frames_is_refused() -> None:
    with pytest.raises(ValueError, match=r"frame has to be \[N\]"):
        decide(sure(frame=3), known(), SELECTIVE)


def test_a_past_of_other_objects_is_refused() -> None:
    with pytest.raises(ValueError, match="past: distractor_frame is"):
        decide(sure(2), known(3), SELECTIVE)


def test_settings_out_of_bounds_or_of_unknown_names_are_refused() -> None:
    assert msgspec.convert({"mode": "recall", "recent_every": 3}, MemoryConfig).recent_every == 3
    for wrong in ({"min_confidence": 1.5}, {"mode": "all"}, {"recent_every": 0}, {"slots": 4}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(wrong, MemoryConfig)


def test_a_rival_is_the_nearest_of_the_same_kind() -> None:
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 10], [5, 0, 15, 10], [40, 0, 50, 10]], float)
    assert rivals(boxes, np.array([0, 1, 0, 0])) == pytest.approx([1 / 3, 0, 1 / 3, 0])
    assert rivals(boxes[:0], np.array([], np.int64)).tolist() == []


ANY = st.floats(-2, 2) | st.sampled_from([np.nan, np.inf, -np.inf, 1e30])
COUNT = 3


def numbers(*sides: int) -> st.SearchStrategy[Any]:
    return hnp.arrays(np.float64, sides, elements=ANY)


FLAGS = hnp.arrays(np.bool_, COUNT)
WRONG = st.fixed_dictionaries(
    {},
    optional={
        **{name: numbers(COUNT) for name in ("object_logit", "iou", "area", "detection_iou", "rival")},
        "box": numbers(COUNT, 4),
        "alternative_iou": numbers(COUNT, 1),
        "alternative_box": numbers(COUNT, 1, 4),
        "overlap": numbers(COUNT, COUNT),
        **dict.fromkeys(("at_border", "cut", "prompted"), FLAGS),
    },
)


@settings(deadline=None)
@given(WRONG)
def test_whatever_the_evidence_only_what_is_sure_is_written(changes: dict[str, Any]) -> None:
    evidence = sure(COUNT, **changes)
    done = decide(evidence, known(COUNT), SELECTIVE)
    for each in range(COUNT):
        others = [evidence.overlap[each, other] for other in range(COUNT) if other != each]
        holds = (
            evidence.object_logit[each] > 0
            and evidence.iou[each] >= 0.5
            and evidence.area[each] > 0
            and not evidence.detection_iou[each] < 0.5
            and all(share < 0.5 for share in others)
            and not evidence.at_border[each]
            and not evidence.cut[each]
        )
        assert (done.place[each] != Place.NOWHERE) == holds
        assert (done.place[each] == Place.ANCHOR) == (holds and evidence.prompted[each])
        assert (done.reason[each] < Reason.OFF) == holds
    assert sum(done.counts().values()) == COUNT
