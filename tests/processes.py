"""Processes of this machine, found by what stands on their command line."""

from pathlib import Path


def with_argument(text, but=0):
    """The command lines, of processes that aren't zombies, in which a text stands; `but` one process's."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            command = place.joinpath("cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if text in command and int(place.name) != but:
            found.append(command)
    return found
