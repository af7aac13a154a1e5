"""Forks, and so do its children; 400 in all, should nobody stop it.

Ends: processes
"""

import os
import time

for _ in range(400):
    if not os.fork():
        time.sleep(20)
        os._exit(0)
time.sleep(20)
