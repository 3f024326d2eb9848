"""The rules of customer care: plain functions and small steps over storage."""
