"""Serves stored images to users who may see them."""

from starlette.responses import FileResponse

from diptych.core.edge import Router
from diptych.core.errors import NotFoundError
from diptych.records.media import find_visible, path_of
from diptych.web.auth import Person
from diptych.web.deps import AppSettings, DbSession

router = Router()

_HEADERS = {
    # The address is a hash of the content, so the content never changes.
    "Cache-Control": "private, max-age=31536000, immutable",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Content-Disposition": "inline",
}


@router.get("/media/{name}")
def media(session: DbSession, settings: AppSettings, person: Person, name: str) -> FileResponse:
    """Send an image to a user who sees a dataset with it."""
    found = find_visible(session, person, name.partition(".")[0])
    if found is None:
        raise NotFoundError("There is no such image.")
    path = path_of(settings.media_dir, found)
    if not path.is_file():
        raise NotFoundError("The file of this image is missing on the server.")
    return FileResponse(path, media_type=found.content_type, headers=_HEADERS)
