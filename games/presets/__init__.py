"""Presets: named parameter sets."""
