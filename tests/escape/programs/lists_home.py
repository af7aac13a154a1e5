"""Lists the folder in which everything of the user's lies: refused.

Ends: by itself
"""

import json
import os
import sys

target = json.loads(sys.argv[1])
try:
    os.listdir(target["home"])
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
