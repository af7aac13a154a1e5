"""What to cite, as BibTeX: the datasets of a study and the tools that computed it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

TOOLS: Mapping[str, str] = {
    "lenskit": """\
@inproceedings{ekstrand2020lenskit,
  author = {Ekstrand, Michael D.},
  title = {{LensKit} for {Python}: Next-Generation Software for Recommender Systems Experiments},
  booktitle = {Proceedings of the 29th ACM International Conference on Information and Knowledge Management},
  pages = {2999--3006},
  year = {2020},
  doi = {10.1145/3340531.3412778},%s
}""",
    "numpy": """\
@article{harris2020numpy,
  author = {Harris, Charles R. and Millman, K. Jarrod and van der Walt, St{\\'e}fan J. and others},
  title = {Array programming with {NumPy}},
  journal = {Nature},
  volume = {585},
  pages = {357--362},
  year = {2020},
  doi = {10.1038/s41586-020-2649-2},%s
}""",
    "pandas": """\
@inproceedings{mckinney2010pandas,
  author = {McKinney, Wes},
  title = {Data Structures for Statistical Computing in {Python}},
  booktitle = {Proceedings of the 9th Python in Science Conference},
  pages = {56--61},
  year = {2010},
  doi = {10.25080/Majora-92bf1922-00a},%s
}""",
    "scipy": """\
@article{virtanen2020scipy,
  author = {Virtanen, Pauli and Gommers, Ralf and Oliphant, Travis E. and others},
  title = {{SciPy} 1.0: Fundamental Algorithms for Scientific Computing in {Python}},
  journal = {Nature Methods},
  volume = {17},
  pages = {261--272},
  year = {2020},
  doi = {10.1038/s41592-019-0686-2},%s
}""",
    "matplotlib": """\
@article{hunter2007matplotlib,
  author = {Hunter, John D.},
  title = {Matplotlib: A {2D} Graphics Environment},
  journal = {Computing in Science \\& Engineering},
  volume = {9},
  number = {3},
  pages = {90--95},
  year = {2007},
  doi = {10.1109/MCSE.2007.55},%s
}""",
    "autoreclab": """\
@misc{autoreclab,
  author = {{The autoreclab authors}},
  title = {autoreclab: An autonomous research agent for recommender-systems experiments},
  howpublished = {Software},%s
}""",
}


def entries(datasets: Iterable[str], versions: Mapping[str, str]) -> Iterator[str]:
    """An entry for each publication about the datasets, then one for each tool, with its version where it is known."""
    from autoreclab.lab.simulation import PRESETS

    yield from dict.fromkeys(dataset(name) for name in datasets if name not in PRESETS)
    for name, entry in TOOLS.items():
        yield entry % (f"\n  note = {{Version {versions[name]}}}," if name in versions else "")


def dataset(name: str) -> str:
    """What the publishers of a known dataset ask to cite; for any other an entry to be completed."""
    from autoreclab.lab.sources import KNOWN

    known = KNOWN[name].bibtex if name in KNOWN else ""
    key = "".join(c for c in name if c.isascii() and (c.isalnum() or c == "-")) or "dataset"
    title = "".join(c for c in name if c not in "{}\\")
    return known or f"@misc{{{key},\n  key = {{{key}}},\n  title = {{{title}}},\n  note = {{Complete this entry}},\n}}"
