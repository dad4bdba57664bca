"""What every server needs and nothing of annotation."""
