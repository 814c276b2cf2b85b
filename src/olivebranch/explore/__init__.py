"""The explorer: a page on this machine that shows theory and learning, and plays against you (docs/explorer.md)."""
