"""What prompts tell of code costs: characters, and tokens at four characters each, for some of the shipped tasks.

python benchmarks/facts.py
"""

import tempfile
from pathlib import Path

from autoreclab import resources
from autoreclab.facts import Interpreter, library
from autoreclab.facts.library import Study
from autoreclab.facts.toolkit import lab_reference
from autoreclab.task import parse

METRICS = ("ndcg@10", "recall@10")
STUDIES = {
    "seeds.md": ("ImplicitMF",),
    "split-seeds.md": ("ImplicitMF", "ItemKNN", "EASE"),
    "algorithm-comparison.md": ("ImplicitMF", "BPR", "ItemKNN", "UserKNN", "EASE", "Popular"),
}


def main() -> None:
    """A line each for lab and for the facts of every study."""
    sizes = {"lab": len(lab_reference(METRICS))}
    with tempfile.TemporaryDirectory() as folder:
        interpreter = Interpreter(Path(folder))
        for name, algorithms in STUDIES.items():
            task = parse(resources.find("tasks", name).read_text(encoding="utf-8"), name)
            study = Study(f"{task.title}\n{task.body}", algorithms, METRICS)
            sizes[f"{name}: {', '.join(algorithms)}"] = len(library.of_study(interpreter, study))
    for name, size in sizes.items():
        print(f"{size:6,} characters {size // 4:6,} tokens  {name}")


if __name__ == "__main__":
    main()
