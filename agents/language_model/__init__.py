"""A language model as a player: any server that answers ``POST /v1/chat/completions`` (docs/language-models.md)."""
