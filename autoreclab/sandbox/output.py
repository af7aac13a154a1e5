"""What a process prints: kept in a file, the middle left out when it is long."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import IO

HEAD_BYTES = 500_000  # of the output are kept from its beginning …
TAIL_BYTES = 500_000  # … and from its end: errors stand there


class Reader:
    """Reads a process's output in a thread of its own."""

    def __init__(self, output: IO[bytes], log: Path):
        self.printed = 0
        """Bytes so far."""
        self._output, self._log = output, log
        self._failures: list[OSError] = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop reading; a process that is out of reach may hold the pipe, its output is not awaited."""
        self._thread.join(timeout=5)
        if not self._thread.is_alive():
            self._output.close()

    def check(self) -> None:
        """Raise what went wrong with the file."""
        if self._failures:
            raise self._failures[0]

    def _read(self) -> None:
        """Keep the output; where that fails, say so and read on, so that the process does not wait for us."""
        try:
            self._keep()
        except OSError as error:
            self._failures.append(error)
            while self._chunk():
                pass

    def _chunk(self) -> bytes:
        chunk = os.read(self._output.fileno(), 65536)
        self.printed += len(chunk)
        return chunk

    def _keep(self) -> None:
        """Copy the output to a file: the first bytes as they come, the last ones at the end."""
        head, tail, dropped = HEAD_BYTES, bytearray(), 0
        with self._log.open("wb", buffering=0) as file:
            while chunk := self._chunk():
                file.write(chunk[:head])
                tail += chunk[head:]
                head -= min(head, len(chunk))
                dropped += max(0, len(tail) - TAIL_BYTES)
                del tail[: max(0, len(tail) - TAIL_BYTES)]
            if dropped:
                file.write(f"\n… {dropped} bytes left out …\n".encode())
            file.write(tail)
