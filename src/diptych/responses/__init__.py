"""What people answered: draft, submit, discard, change."""
