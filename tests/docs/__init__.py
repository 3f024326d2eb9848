"""Tests that the documentation and the catalogs keep up with the code."""
