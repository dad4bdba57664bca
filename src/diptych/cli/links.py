"""Links that the commands print."""

from diptych.core.settings import Settings

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000


def base_url(settings: Settings, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT) -> str:
    """Return the public address of the server: the configured one, or where it listens."""
    shown = "localhost" if host in {"127.0.0.1", "0.0.0.0", "::", "::1"} else host  # noqa: S104 - only compared
    return (settings.base_url or f"http://{shown}:{port}").rstrip("/")


def invitation_link(
    token: str, settings: Settings, host: str = DEFAULT_HOST, port: int = DEFAULT_PORT
) -> str:
    """Return the one-time link of an invitation."""
    return f"{base_url(settings, host, port)}/invitations/{token}"
