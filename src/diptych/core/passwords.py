"""Passwords and other secrets: how they are made, stored and compared."""

import functools
import hashlib
import secrets

import argon2

_hasher = argon2.PasswordHasher()
# One hash costs 64 MB and a core; more at once would slow everyone and fill the memory.
HASHES_AT_ONCE = 2


@functools.cache
def _nobodys_hash() -> str:
    # Checked when a name is unknown, so that the answer takes as long as for a known one.
    return _hasher.hash(new_token())


def hash_password(password: str) -> str:
    """Return the argon2id hash of ``password`` with its own salt and parameters."""
    return _hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Say whether ``password`` belongs to ``stored``; as slow for a missing hash as for a wrong password."""
    nobodys = _nobodys_hash()
    try:
        _hasher.verify(stored or nobodys, password)
    except argon2.exceptions.VerificationError:
        return False
    return stored is not None


def new_token() -> str:
    """Return a secret of 256 random bits, safe in a URL and in a header."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return the SHA-256 of a random token; enough because a token cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


def seal(secret: str) -> tuple[str, bytes]:
    """Split a secret into two parts, neither of which tells anything of it without the other."""
    pad = secrets.token_bytes(len(secret.encode()))
    return pad.hex(), _xor(secret.encode(), pad)


def unseal(pad: str, sealed: bytes) -> str | None:
    """Return the secret whose parts these are, or None if they are not of one secret."""
    try:
        return _xor(sealed, bytes.fromhex(pad)).decode("ascii")
    except ValueError:
        return None


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
