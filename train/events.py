"""TensorBoard's event files, written without TensorFlow or torch."""

import time
from collections.abc import Mapping
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter


class ScalarWriter:
    """Writes numbers as scalars.

    ``tensorboard.summary.Writer`` stores a scalar as a tensor, which TensorBoard itself shows but other readers of
    event files (tbparse, or ``EventAccumulator.Scalars``) do not find among the scalars.
    """

    def __init__(self, folder: Path) -> None:
        self._file = EventFileWriter(str(folder))

    def add(self, scalars: Mapping[str, float], step: int) -> None:
        """Add one number under each name, as single-precision numbers."""
        values = [Summary.Value(tag=name, simple_value=value) for name, value in scalars.items()]
        self._file.add_event(Event(wall_time=time.time(), step=step, summary=Summary(value=values)))

    def close(self) -> None:
        """Write out what is left and close the file."""
        self._file.close()
