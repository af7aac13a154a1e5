"""Takes memory in many processes, each of them modest; 1 GB in all, should nobody stop it.

Ends: memory
"""

import os
import time

for _ in range(20):
    if not os.fork():
        kept = b"x" * 50_000_000
        time.sleep(20)
        os._exit(0)
    time.sleep(0.05)
time.sleep(20)
