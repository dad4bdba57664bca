"""A content (records, responses) in a format → file."""
