"""The supervisor's own account of the end."""

from pathlib import Path

from stream_engine.runtime import occupy
from stream_engine.supervisor import Supervisor
from tests.test_runtime import config


def test_a_stream_whose_last_frames_nobody_told_is_named(tmp_path: Path) -> None:
    with occupy(config(tmp_path)) as (places, board):
        supervisor, row = Supervisor(config(tmp_path), (), places, board), board.stream("cam")
        assert supervisor.untold() == [], "nothing was decoded"
        row["epoch"], row["last_seq"], row["given"] = 1, 4, 5
        row["published_epoch"], row["published_next"] = 1, 3
        assert supervisor.untold() == ["cam"]
        row["published_next"] = 5
        assert supervisor.untold() == []
