"""Faults: real processes are killed, stopped, starved and fed rubbish, and nothing that was promised is lost."""
