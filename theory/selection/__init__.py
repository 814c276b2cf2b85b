"""Which equilibrium does learning find? Exploration as a belief: what each form of it sustains (docs/selection.md)."""
