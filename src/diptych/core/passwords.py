"""Creating, hashing and checking passwords and other secrets."""

import functools
import hashlib
import secrets

import argon2

# Costs as much as argon2-cffi recommends.
hasher = argon2.PasswordHasher()
# One hash takes 64 MB and a core; more at once would slow down all requests and fill the memory.
HASHES_AT_ONCE = 2


@functools.cache
def _nobodys_hash() -> str:
    # Checked for unknown names, so that the reply takes as long as for known ones.
    return hasher.hash(new_token())


def hash_password(password: str) -> str:
    """Return the argon2id hash of ``password``, with its salt and parameters."""
    return hasher.hash(password)


def verify_password(stored: str | None, password: str) -> bool:
    """Return whether ``password`` matches ``stored``; a missing hash takes as long as a wrong password."""
    nobodys = _nobodys_hash()
    try:
        hasher.verify(stored or nobodys, password)
    except argon2.exceptions.VerificationError:
        return False
    return stored is not None


def new_token() -> str:
    """Return a secret of 256 random bits that is safe in URLs and headers."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> bytes:
    """Return the SHA-256 of a random token, which is enough because tokens cannot be guessed."""
    return hashlib.sha256(token.encode()).digest()


def seal(secret: str) -> tuple[str, bytes]:
    """Split a secret into two parts; one part alone reveals nothing about it."""
    pad = secrets.token_bytes(len(secret.encode()))
    return pad.hex(), _xor(secret.encode(), pad)


def unseal(pad: str, sealed: bytes) -> str | None:
    """Return the secret of two parts, or None if they do not belong together."""
    try:
        return _xor(sealed, bytes.fromhex(pad)).decode("ascii")
    except ValueError:
        return None


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))
