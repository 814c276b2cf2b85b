"""Config schema, training loop and run folders."""
