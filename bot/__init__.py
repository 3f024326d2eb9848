"""The running program: channels, web pages, settings and everything that touches the network."""

import os

# Before numpy is loaded: products as small as ours gain nothing from threads, and each thread keeps memory.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
