"""What imports and exports both know of a file."""
