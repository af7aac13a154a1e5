"""Makes a file of a terabyte that takes no space, until somebody copies it: refused.

Ends: by itself
"""

import os

try:
    with open("sparse.bin", "wb") as file:
        os.truncate(file.fileno(), 1 << 40)
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
