"""The explorer: a page on this machine to see theory and learning with, and to play against either (docs/explorer.md)."""
