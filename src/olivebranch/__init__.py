"""olivebranch: games of war, hidden resilience and the offer to talk; their equilibria; learned against theory."""

__version__ = "0.1.0"
