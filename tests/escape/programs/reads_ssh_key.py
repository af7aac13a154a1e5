"""Reads a private key in the user's home: the file must not be there for it.

Ends: by itself
"""

import json
import pathlib
import sys

target = json.loads(sys.argv[1])
try:
    print(pathlib.Path(target["home"], ".ssh", "id_ed25519").read_text())
except OSError as error:
    print("contained:", error)
else:
    print("ESCAPED")
