"""Writes what it reads, as it reads it. Told to in the first bytes, it leaves, stays for ever, or tells its environment instead."""

import os
import signal
import sys

while piece := os.read(0, 65_536):
    if piece.startswith(b"leave"):
        sys.exit(3)
    if piece.startswith(b"stay"):
        signal.pause()
    if piece.startswith(b"environment"):
        piece = repr(dict(os.environ)).encode()
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()
