"""Steps under way at the same time, each in a thread of its own; their news comes to one place, in order."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from types import TracebackType

from autoreclab.events import Event, Tell
from autoreclab.schedule import Step

Work = Callable[[Tell], Event]
"""Carries a step out, telling of news in the middle of it; the event at its end."""


class Flights:
    """What is under way. Leaving the `with` block waits for it, unless it is left to stop at once.

    The threads do not keep the process alive: an answer of a model may take minutes more.
    """

    def __init__(self) -> None:
        self._threads: dict[threading.Thread, Step | None] = {}
        self._news: queue.SimpleQueue[tuple[Event | None, threading.Thread | None]] = queue.SimpleQueue()
        self._errors: list[BaseException] = []

    def __enter__(self) -> Flights:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is not KeyboardInterrupt:
            for thread in self._threads:
                thread.join()

    def __bool__(self) -> bool:
        return bool(self._threads)

    @property
    def steps(self) -> list[Step]:
        """The steps under way."""
        return [step for step in self._threads.values() if step]

    @property
    def failed(self) -> bool:
        """Did one of them raise an exception?"""
        return bool(self._errors)

    def start(self, step: Step | None, work: Work) -> None:
        """Begin a step; one that is none of the schedule's is begun when nothing else is under way."""
        thread = threading.Thread(target=lambda: self._carry_out(work), daemon=True)
        self._threads[thread] = step
        thread.start()

    def news(self) -> Iterator[Event]:
        """Wait for the next event; its step is under way no more if that was its last."""
        event, ended = self._news.get()
        if ended:
            ended.join()
            del self._threads[ended]
        if event:
            yield event

    def check(self) -> None:
        """Raise what the first step that failed did raise."""
        if self._errors:
            raise self._errors[0]

    def _carry_out(self, work: Work) -> None:
        last = None
        try:
            last = work(lambda event: self._news.put((event, None)))
        except BaseException as error:  # raised in the main thread, once the others have ended
            self._errors.append(error)
        self._news.put((last, threading.current_thread()))
