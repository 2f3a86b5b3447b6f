"""Scores of generated images by the papers' protocols; see `evaluate.py`."""
