"""Static files, compressed, with addresses that change with their content: browsers fetch each one once."""

import gzip
import os
from functools import cache
from mimetypes import guess_type
from pathlib import Path

import rjsmin
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

_PACKED = frozenset({".css", ".js", ".svg"})


@cache
def pack(path: Path) -> tuple[bytes, bytes]:
    """Return a text file for browsers, plain and as gzip; scripts are without comments."""
    content = path.read_bytes()
    if path.suffix == ".js":
        content = rjsmin.jsmin(content.decode()).encode()
    return content, gzip.compress(content, mtime=0)


class ImmutableFiles(StaticFiles):
    """Static files that a browser requests only once."""

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: Scope,
        status_code: int = 200,
    ) -> Response:
        """Return a file, compressed if it is a text file and the browser accepts gzip."""
        path = Path(full_path)
        if path.suffix in _PACKED:
            response = _packed_response(path, Headers(scope=scope), status_code)
        else:
            response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _packed_response(path: Path, headers: Headers, status: int) -> Response:
    plain, packed = pack(path)
    takes_gzip = "gzip" in headers.get("accept-encoding", "")
    response = Response(packed if takes_gzip else plain, status, media_type=guess_type(path.name)[0])
    response.headers["Vary"] = "Accept-Encoding"
    if takes_gzip:
        response.headers["Content-Encoding"] = "gzip"
    return response
