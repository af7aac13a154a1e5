"""Writes a file without end; 1 GB, should nobody stop it.

Ends: file
"""

with open("large.bin", "wb") as file:
    for _ in range(1000):
        file.write(bytes(1_000_000))
