"""`bandup export`: the tables as CSV or Parquet files."""

from pathlib import Path

import click

from bandup.cli.reading import agreed_option, demo_option, endpoint_option, read_dataset
from bandup.cli.terminal import print_status
from bandup.exports import tables_export
from bandup.formatting import counted


@click.command()
@agreed_option
@click.option(
    "--format",
    "file_format",
    type=click.Choice(tables_export.FORMATS),
    default="csv",
    show_default=True,
    help="The format of the files; the data dictionary is always CSV.",
)
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="The folder to write the files into; it is created if necessary.",
)
@click.option(
    "--table",
    "tables",
    type=click.Choice(tables_export.FRAME_NAMES),
    multiple=True,
    help="Write only this table; can be given more than once.  [default: all of them]",
)
@click.option("--force", is_flag=True, help="Overwrite files of the same names.")
@endpoint_option
@demo_option
def export(
    agreed: bool,
    file_format: tables_export.Format,
    folder: Path,
    tables: tuple[str, ...],
    force: bool,
    endpoint: str | None,
    from_demo: bool,
) -> None:
    """Write the tables as CSV or Parquet files.

    One file per table: every evaluation and every flashcard set (without essays, transcripts, feedback and cards),
    every student, every job; and dictionary.csv, which explains each column. The CSV files are safe to open in a
    spreadsheet: a text that starts like a formula has an apostrophe before it.
    """
    names = [name for name in tables_export.FRAME_NAMES if not tables or name in tables]
    with tables_export.open_folder(folder, names, file_format, force=force) as write:
        frames = tables_export.export_frames(read_dataset(endpoint, agreed=agreed, from_demo=from_demo))
        written = write({name: frames[name] for name in names})
    for path, rows in written.items():
        print_status(f"{path}: {counted(rows, 'row')} written")
