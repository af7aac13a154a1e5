"""Burns CPU time in two processes.

Ends: cpu
"""

import os

os.fork()
while True:
    pass
