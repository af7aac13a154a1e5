"""Starts threads without end; 1,500, should nobody stop it.

Ends: processes
"""

import threading
import time

threading.stack_size(65536)
for _ in range(1500):
    threading.Thread(target=time.sleep, args=(20,), daemon=True).start()
time.sleep(20)
