"""All perfect Bayesian equilibria of any finite signalling game, with refinements and certificates."""
