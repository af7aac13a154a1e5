"""The short torture: a few kills at random instants; the long one is `python -m tests.torture`."""

from random import Random

import pytest

from tests.torture.searching import torture


@pytest.mark.parametrize("group", [False, True], ids=["process", "group"])
def test_killed_searches_lose_nothing_and_do_nothing_twice(tmp_path, group):
    assert list(torture(tmp_path, 5, group=group, random=Random(f"short/{group}"), iterations=0))
