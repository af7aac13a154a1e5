"""Writes many files, none of them too large; 400 MB, should nobody stop it.

Ends: folder
"""

import pathlib
import time

for number in range(50):
    pathlib.Path(f"{number}.bin").write_bytes(bytes(8_000_000))
    time.sleep(0.1)
