"""What a figure shows of a study: panels, lines, names; and that odd studies are drawn too."""

import numpy as np
import pandas as pd
import pytest

from autoreclab.lab import figures, statistics

WHERE = {"dataset": "d", "filters": "", "part": "test", "metric": "ndcg@10"}


def drawn(lines, factors):
    """The axes of a figure of these lines: dicts of factors, value and what differs from WHERE."""
    rows = pd.DataFrame([WHERE | dict.fromkeys(factors) | line for line in lines], dtype=object)
    settings = [*factors, *WHERE]
    groups = rows.groupby([rows[name].map(repr) for name in settings], sort=False)
    means = [{**group.iloc[0][settings], **statistics.summarise(group["value"].to_list())} for _, group in groups]
    figure = figures.figure("ndcg@10", rows, pd.DataFrame(means, dtype=object), settings)
    assert figures._png(figure).startswith(b"\x89PNG")
    return figure.axes


def names(axes):
    return [label.get_text() for label in axes.get_yticklabels()]


def replicated(n=3, **setting):
    return [setting | {"value": value} for value in np.random.default_rng(0).normal(0.1, 0.01, n)]


def test_settings_stand_below_each_other_with_their_replicates():
    (axes,) = drawn([*replicated(30, algorithm="A"), {"algorithm": "Popular", "value": 0.08}], ["algorithm"])
    assert names(axes) == ["A", "Popular"]
    assert [len(line.get_xdata()) for line in axes.lines if line.get_marker() == "o"] == [30, 1]
    assert axes.get_xlabel() == "ndcg@10"


def test_each_dataset_has_a_panel_and_a_factor_that_repeats_it_no_name():
    lines = [line for data in "de" for name in "AB"
             for line in replicated(algorithm=name, data=data, dataset=data)]  # fmt: skip
    first, second = drawn(lines, ["algorithm", "data"])
    assert (first.get_title(), second.get_title()) == ("d", "e")
    assert names(first) == names(second) == ["A", "B"]


def test_a_number_with_many_levels_is_an_axis_and_a_baseline_a_flat_line():
    lines = [
        line for name in "AB" for size in (320, 10, 20, 40, 80, 160) for line in replicated(algorithm=name, size=size)
    ]
    (axes,) = drawn([*lines, {"algorithm": "Popular", "value": 0.08}], ["algorithm", "size"])
    assert (axes.get_xlabel(), axes.get_ylabel(), axes.get_xscale()) == ("size", "ndcg@10", "log")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["10", "20", "40", "80", "160", "320"]
    assert {text.get_text() for text in axes.get_legend().get_texts()} == {"A", "B", "Popular"}
    styles = [line.get_linestyle() for line in axes.lines]
    assert (styles.count("-"), styles.count("--")) == (2, 1)


def test_a_line_over_a_number_alone_needs_no_legend_and_measured_once_no_interval():
    (axes,) = drawn([{"size": size, "value": size / 100} for size in (5, 10, 15)], ["size"])
    assert axes.get_legend() is None
    assert axes.get_xscale() == "linear"
    assert axes.lines[0].get_xdata().tolist() == [5, 10, 15]


@pytest.mark.parametrize("levels", [[10, 20], ["10", "20", "30"], [True, False, None], [1, 2, "all"]])
def test_what_is_no_number_of_three_levels_makes_no_line(levels):
    (axes,) = drawn([{"algorithm": "A", "size": level, "value": 0.1} for level in levels], ["algorithm", "size"])
    assert len(names(axes)) == len(levels)


def test_a_filter_is_named_only_where_no_factor_tells_it():
    lines = [{"core": core, "filters": f"{core}-core", "value": 0.1} for core in ("five", "ten")]
    assert names(*drawn(lines, ["core"])) == ["five", "ten"]
    assert names(*drawn([line | {"core": None} for line in lines], ["core"])) == ["five-core", "ten-core"]


def test_more_lines_than_colours_are_listed():
    lines = [{"algorithm": f"A{name}", "size": size, "value": 0.1} for name in range(7) for size in (1, 2, 3)]
    assert len(names(*drawn(lines, ["algorithm", "size"]))) == 21
