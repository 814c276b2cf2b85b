"""A language model's play held against every equilibrium, over frames and games (docs/language-models.md)."""
