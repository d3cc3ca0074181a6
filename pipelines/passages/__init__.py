"""Two texts laid beside each other for a person to read: passages, what was exchanged, numbers and names that agree."""
