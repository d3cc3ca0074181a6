"""Who wrote it, whose story it was, who edited it."""
