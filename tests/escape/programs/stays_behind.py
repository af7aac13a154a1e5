"""Leaves a daemon behind, in a session of its own, that closed all its files: it must be gone.

Ends: by itself
"""

import os
import time

if not os.fork():
    os.setsid()
    if not os.fork():
        os.closerange(0, 100)
        time.sleep(60)
    os._exit(0)
os.wait()
print("contained: by what follows")
