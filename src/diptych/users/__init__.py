"""People, roles, workspaces, API keys and invitations."""
