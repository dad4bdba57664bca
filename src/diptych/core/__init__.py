"""What any server needs; nothing here is about annotation."""
