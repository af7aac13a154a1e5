"""Ignores every signal that can be ignored, and sleeps past its time.

Ends: time
"""

import signal
import time

for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
    try:
        signal.signal(number, signal.SIG_IGN)
    except OSError:
        continue
time.sleep(60)
