"""What the measurement of live feeds makes of their events."""

import msgspec

from stream_engine.bench.live import Heard
from stream_engine.records import frame_event
from tests.fakes import tagged


def test_figures_are_of_all_streams_and_of_each_only_if_there_are_several() -> None:
    heard = Heard()
    event = frame_event(tagged(), now_ns=2_000_000_000)
    for name in ("cam1", "cam2"):
        heard.add(msgspec.structs.replace(event, stream=name, age_ns=50_000_000, decoder_ns=10_000_000))
    both, one = heard.figures(["cam1", "cam2"], 2.0), heard.figures(["cam1"], 2.0)
    assert (both["fps"], both["age_p50_ms"], both["age_with_decoder_p50_ms"]) == (1.0, 40.0, 50.0)
    assert [each["fps"] for each in both["by_stream"].values()] == [0.5, 0.5]
    assert one["fps"] == 0.5 and "by_stream" not in one
