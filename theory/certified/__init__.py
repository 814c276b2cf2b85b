"""Random games of a known equilibrium structure, each with the proof of it: what the benchmark is made of."""
