"""The game in words: frames, vocabularies, rules and questions."""
