"""Tests of Chạm."""
