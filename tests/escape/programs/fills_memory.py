"""Takes more and more memory; 2 GB, should nobody stop it.

Ends: memory
"""

import time

kept = []
for _ in range(200):
    kept.append(b"x" * 10_000_000)
    time.sleep(0.02)
time.sleep(10)
