"""What command lines say."""

from stream_engine.console import lines_of


def test_figures_are_a_line_each_and_parts_of_parts_are_indented() -> None:
    figures = {
        "fps": 30.0,
        "fresh_share": None,
        "gaps": {},
        "cpu_share": {"detect.main": 0.35, "decode.cam1": 0.15},
        "by_stream": {"cam1": {"fps": 30.0, "gaps": {"late": 2}}},
    }
    assert list(lines_of(figures)) == [
        "fps: 30.0",
        "fresh_share: –",
        "gaps: none",
        "cpu_share: detect.main 0.35, decode.cam1 0.15",
        "by_stream:",
        "  cam1:",
        "    fps: 30.0",
        "    gaps: late 2",
    ]
