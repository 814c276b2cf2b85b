"""What can be said of exact quantities, NashConv above all, when play is known from samples only."""
