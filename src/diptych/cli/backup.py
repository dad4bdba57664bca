"""``diptych backup`` and ``diptych restore``."""

from pathlib import Path
from typing import Annotated

import typer
from rich.filesize import decimal

from diptych.backups.manifest import Manifest, check_backup
from diptych.backups.restoring import is_empty, restore
from diptych.backups.service import write_backup
from diptych.cli.context import connected, existing_database, messages, progress_bar
from diptych.core.db import Database
from diptych.core.errors import ConflictError
from diptych.core.settings import Settings, get_settings

File = Annotated[Path, typer.Argument(dir_okay=False, help="The backup file, such as monday.diptych.")]


def backup_command(
    file: File,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it exists.")] = False,
    allow_missing: Annotated[
        bool, typer.Option("--allow-missing", help="Continue even if picture files are missing.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Check that an existing backup is complete; write nothing.")
    ] = False,
) -> None:
    """Back up the database, the stored pictures and the settings to one file, while the server runs."""
    with progress_bar() as on_progress:
        if verify:
            manifest = check_backup(file, on_progress=lambda done, total: on_progress("Bytes", done, total))
        else:
            settings = get_settings()
            with existing_database(settings) as database:
                manifest = write_backup(
                    database,
                    file,
                    settings=settings,
                    overwrite=force,
                    allow_missing=allow_missing,
                    on_progress=on_progress,
                )
    messages.print(
        f"{file} is complete: {_contents(manifest)}." if verify else f"Wrote {file}: {_contents(manifest)}.",
        markup=False,
    )


def restore_command(
    file: File,
    replace: Annotated[
        bool, typer.Option("--replace", help="Replace existing data, after you type in its name.")
    ] = False,
) -> None:
    """Restore a backup, all of it or nothing. Stop the server first."""
    settings = get_settings()
    with progress_bar() as on_progress:
        manifest = check_backup(file, on_progress=lambda done, total: on_progress("Bytes", done, total))
    with connected(settings, alone=True) as database:
        if not is_empty(database):
            _confirm(database, settings, replace=replace)
        with progress_bar() as on_progress:
            restore(database, file, manifest, settings=settings, on_progress=on_progress)
    messages.print(f"Restored {file}: {_contents(manifest)}.", markup=False)
    _compare_settings(manifest, settings)


def _confirm(database: Database, settings: Settings, *, replace: bool) -> None:
    """Ask the operator to type the name of the replaced database, or raise ``ConflictError``."""
    is_embedded = settings.database_url is None
    name = settings.data_dir.resolve().name if is_embedded else str(database.url.database)
    if not replace:
        raise ConflictError(f"{name} already contains data. To replace all of it, use --replace.")
    what = "the data directory" if is_embedded else "the database"
    typed = typer.prompt(f"This replaces everything in {what} {name}. Type its name to continue", err=True)
    if typed.strip() != name:
        raise ConflictError(f"That is not the name of {what}. Nothing was changed.")


def _contents(manifest: Manifest) -> str:
    rows = {table.name: table.rows for table in manifest.tables}
    pictures = manifest.pictures
    counts = f"{rows.get('records', 0):,} records, {rows.get('responses', 0):,} answers"
    made = f"made {manifest.created_at:%Y-%m-%d %H:%M} UTC"
    if pictures.reason:
        return f"{counts}, without the pictures, {made}"
    return f"{counts}, {pictures.files:,} pictures ({decimal(pictures.bytes)}), {made}"


def _compare_settings(manifest: Manifest, settings: Settings) -> None:
    for name, value in manifest.settings.items():
        here = getattr(settings, name, None)
        if here != value:
            messages.print(
                f"A setting differs: DIPTYCH_{name.upper()} was {value} in the backup and is {here} here.",
                markup=False,
            )
