"""Everything that acts, trained or not, and the file that holds it."""
