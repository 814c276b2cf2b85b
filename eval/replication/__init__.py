"""What replications gave, scored as the publications do."""
