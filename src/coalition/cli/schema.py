"""coalition schema."""

import typer

from coalition.api import printed_schema


def add_to(app: typer.Typer) -> None:
    app.command(name="schema")(show_schema)


def show_schema() -> None:
    """Print the GraphQL schema, as schema.graphql holds it."""
    typer.echo(printed_schema(), nl=False)
