"""``diptych datasets``: creating and listing datasets."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from diptych.cli.context import messages, open_database
from diptych.core.errors import InvalidError
from diptych.datasets import queries, service
from diptych.models import Dataset, RecordOrder, Workspace
from diptych.users.service import DEFAULT_WORKSPACE

commands = typer.Typer(no_args_is_help=True, help="Create and list datasets.")


@commands.command()
def create(
    name: Annotated[str, typer.Argument(help="The name of the dataset.")],
    workspace: Annotated[
        str, typer.Option(help="The workspace whose members can see it.")
    ] = DEFAULT_WORKSPACE,
    min_submitted: Annotated[int, typer.Option(min=1, help="Submitted answers that complete a record.")] = 1,
    guidelines: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="Markdown file (default: built-in guidelines)."),
    ] = None,
    shuffle: Annotated[bool, typer.Option(help="Shuffle left and right for each annotator.")] = True,
    order: Annotated[RecordOrder, typer.Option(help="The order in which annotators see the records.")] = (
        RecordOrder.RANDOM
    ),
) -> None:
    """Create an image-preference dataset: a prompt, two images, five answers."""
    text = _read(guidelines) if guidelines else None
    with open_database() as database, database.transaction() as session:
        service.create_dataset_from_template(
            session,
            "image_preference",
            name=name,
            workspace=workspace,
            min_submitted=min_submitted,
            guidelines=text,
            shuffle_sides=shuffle,
            record_order=order,
        )
    messages.print(
        f"Created {name}. Next, import records: diptych import FILE --dataset {name}", markup=False
    )


@commands.command("list")
def list_datasets() -> None:
    """List all datasets with their progress."""
    table = Table("name", "workspace", "records", "completed", "id")
    with open_database() as database, database.transaction() as session:
        rows = session.execute(
            select(Dataset, Workspace.name)
            .join(Workspace, Workspace.id == Dataset.workspace_id)
            .order_by(Dataset.inserted_at)
        ).all()
        progress = queries.team_progress(session, [dataset.id for dataset, _ in rows])
        for dataset, workspace in rows:
            team = progress[dataset.id]
            table.add_row(
                dataset.name, workspace, f"{team.records:,}", f"{team.completed:,}", str(dataset.id)
            )
    Console().print(table)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(f"{path} is not UTF-8 text (byte {error.start}).") from None
