"""The catalogs of texts, one folder per language."""
