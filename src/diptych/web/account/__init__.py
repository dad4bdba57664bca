"""The pages of a person's own account: login, the one-time link that opens it, and its settings."""
