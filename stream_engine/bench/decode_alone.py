"""`python -m stream_engine.bench.decode_alone FILE`: how fast PyAV alone decodes, one thread, nothing else done."""

import sys
import time

import av
import msgspec


def main() -> None:
    """Decode the file and print frames and seconds from the first frame to the last."""
    frames, first, last = 0, 0.0, 0.0
    with av.open(sys.argv[1]) as container:
        container.streams.video[0].thread_count = 1
        for _ in container.decode(video=0):
            last = time.perf_counter()
            first = first or last
            frames += 1
    print(msgspec.json.encode({"frames": frames, "seconds": last - first}).decode())


if __name__ == "__main__":
    main()
