"""What the learners share that read the whole history tree."""
