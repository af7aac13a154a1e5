"""Closes its output and sleeps past its time: it must not be taken for ended.

Ends: time
"""

import os
import time

os.closerange(0, 100)
time.sleep(60)
