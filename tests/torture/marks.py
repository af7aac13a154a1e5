"""What programs say from within their sandbox when they start, written to a file."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def listening(marks: Path) -> Iterator[tuple[str, int]]:
    """The address of a listener that appends what it hears to a file."""
    with socket.socket(type=socket.SOCK_DGRAM) as listener:
        listener.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_listen, args=(listener, marks))
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            listener.sendto(b"", listener.getsockname())
            thread.join()


def _listen(listener: socket.socket, marks: Path) -> None:
    while said := listener.recv(1000):
        with marks.open("ab") as file:
            file.write(said)
