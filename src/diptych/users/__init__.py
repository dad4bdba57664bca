"""Users, roles, workspaces, API keys and invitations."""
