"""What a benchmark shows: scores, tables, pictures and its page."""
