"""Events drawn into their video."""

from stream_engine.annotate.command import Annotated, annotate
from stream_engine.annotate.recording import AnnotateError

__all__ = ["AnnotateError", "Annotated", "annotate"]
