"""Reads the .env file, which holds the API key, beside the workspace: it must not be there for it.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    print(pathlib.Path(target["home"], ".env").read_text())
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
