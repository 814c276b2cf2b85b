"""What every room needs and that knows no game: errors, files, locks, compiled loops, worker processes."""
