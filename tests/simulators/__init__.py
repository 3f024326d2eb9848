"""Fake platforms on loopback: real HTTP, as strict as the real servers, with a ledger of what was delivered."""
