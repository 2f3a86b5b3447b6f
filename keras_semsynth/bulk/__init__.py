"""Thousands of layouts, with interruptions, as an Apache Beam pipeline."""
