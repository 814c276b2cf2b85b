"""What the commands share: options, files, errors, progress."""
