"""coalition demo."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from coalition.demo import run_demo


def add_to(app: typer.Typer) -> None:
    app.command()(demo)


def demo(
    purchases: Annotated[
        Path | None,
        typer.Option(help="Till receipts to use instead of the sample (.csv or .csv.gz)."),
    ] = None,
    serve: Annotated[bool, typer.Option(help="Leave the server running at the end.")] = True,
    port: Annotated[
        int,
        typer.Option(
            help="The server's port; 0: the first free one from 8000 on; with --no-serve any.",
            min=0,
            max=65535,
        ),
    ] = 0,
) -> None:
    """Run a coalition of six brands on real purchases, from nothing to settled months."""
    asyncio.run(run_demo(purchases=purchases, serve=serve, port=port))
