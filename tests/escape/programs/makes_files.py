"""Makes many small files; 20,000, should nobody stop it.

Ends: files
"""

import pathlib
import time

for number in range(20_000):
    pathlib.Path(f"{number}.txt").write_text("x")
    time.sleep(0.0005)
