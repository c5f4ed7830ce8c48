"""`bandup export`: the tables as CSV or Parquet files."""

from pathlib import Path

import click

from bandup.cli.reading import agreed_option, endpoint_option, everyone, tell
from bandup.exports import tables_export


@click.command()
@agreed_option
@click.option(
    "--format",
    "file_format",
    type=click.Choice(tables_export.FORMATS),
    default="csv",
    show_default=True,
    help="The format of the files; the data dictionary is CSV in any case.",
)
@click.option(
    "--out",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FOLDER",
    help="Where to write the files; the folder is made where it is missing.",
)
@click.option(
    "--table",
    "chosen",
    type=click.Choice(tables_export.FILES),
    multiple=True,
    help="Write only this table; may be given more than once.  [default: all of them]",
)
@click.option("--force", is_flag=True, help="Write over files of the same names.")
@endpoint_option
def export(
    agreed: bool,
    file_format: tables_export.Format,
    folder: Path,
    chosen: tuple[str, ...],
    force: bool,
    endpoint: str | None,
) -> None:
    """Write the tables as CSV or Parquet files.

    One file per table: every evaluation and every flashcard set (without essays, transcripts, feedback and cards),
    every student, every job; and dictionary.csv, which says what each column means. No spreadsheet runs what is
    in the CSV: a text that starts like a formula has an apostrophe before it.
    """
    names = [name for name in tables_export.FILES if not chosen or name in chosen]
    with tables_export.writing_into(folder, names, file_format, force=force) as writer:
        frames = tables_export.as_files(everyone(endpoint, agreed=agreed))
        written = writer.write({name: frames[name] for name in names})
    for path, rows in written.items():
        tell(f"{path}: {rows:,} row{'' if rows == 1 else 's'} written")
