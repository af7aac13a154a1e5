"""How dense is the table, and how many ratings has a user? Nothing is trained.

---
data: plays
design:
  factors: {}
  metrics: []
"""

from autoreclab import lab

frame = lab.load("plays.csv").interactions
lab.value("density", len(frame) / (frame["user"].nunique() * frame["item"].nunique()))
lab.value("ratings per user", frame["user"].value_counts().median())
lab.value("share of ratings above 3", (frame["rating"] > 3).mean())
lab.value("coverage", 0.0)
lab.finish()
