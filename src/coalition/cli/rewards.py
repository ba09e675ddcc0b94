"""coalition rewards plan, apply, codes: what a brand gives for points, from files."""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from coalition import catalogue
from coalition.access import Actor, ActorKind, Scope
from coalition.cli.local_file import local_file
from coalition.cli.partners import show_changes
from coalition.cli.running import console, office, person, run
from coalition.cli.settling import DryRun, Json
from coalition.kit.database import Sight
from coalition.kit.errors import Misconfigured
from coalition.partners import Office, Partner
from coalition.terminal import errors

app = typer.Typer(help="A brand's rewards and their codes, from files.", no_args_is_help=True)
File = Annotated[Path, typer.Argument(help="The brand's file of rewards (docs/catalogue.md).")]
Brand = Annotated[str, typer.Option(help="Whose rewards they are, by its code.")]


@app.command()
def plan(file: File, brand: Brand, as_json: Json = False) -> None:
    """Show what the file would change. Changes nothing."""
    _tell(_done(file, brand, catalogue.plan_file), "would be applied", as_json=as_json)


@app.command()
def apply(file: File, brand: Brand, as_json: Json = False) -> None:
    """Put the rewards of the file that are new or say something else; with one mistake in it, none.
    Rewards that it does not name are left alone.
    """
    _tell(_done(file, brand, catalogue.apply_file), "applied", as_json=as_json)


@app.command()
def codes(
    path: Annotated[Path, typer.Argument(help="A .csv file with one code in a line, or .csv.gz.")],
    brand: Brand,
    reward: Annotated[str, typer.Option(help="Which voucher or gift card, by its code.")],
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Load codes to be given out, each once. Exit code 1: some lines are no codes; the others are
    loaded.
    """
    told = local_file(path)
    if told.format != "CSV":
        raise Misconfigured(f"{path} must end in .csv, and may have .gz behind.")

    async def work() -> catalogue.LoadedCodeFile:
        async with office() as desk:
            whose = await _brand(desk, brand)
            async with desk.database.reading(Sight(partner_id=whose.id)) as connection:
                found = await catalogue.reward_coded(connection, whose.id, reward)
            if found is None:
                raise catalogue.RewardNotFound(f"{brand} has no reward {reward!r}.")
            return await catalogue.load_code_file(
                desk, actor=_actor(whose), reward_id=found.id, compression=told.compression,
                pieces=told.pieces(), dry_run=dry_run,
            )  # fmt: skip

    _tell_codes(run(work), dry_run=dry_run, as_json=as_json)


def _done(
    file: Path, brand: str, verb: Callable[..., Awaitable[catalogue.RewardsPlan]]
) -> catalogue.RewardsPlan:
    loaded = catalogue.load_rewards(file)

    async def work() -> catalogue.RewardsPlan:
        async with office() as desk:
            actor = _actor(await _brand(desk, brand))
            return await verb(desk, actor=actor, file=loaded, now=datetime.now(UTC))

    return run(work)


def _actor(brand: Partner) -> Actor:
    """Who runs the command, for the brand: the same account as for the operator's own work."""
    return replace(
        person(), kind=ActorKind.PARTNER, partner_id=brand.id,
        scopes=frozenset({Scope.CATALOGUE_WRITE}),
    )  # fmt: skip


async def _brand(desk: Office, code: str) -> Partner:
    partners = (await desk.terms()).partners
    for one in partners:
        if one.code == code:
            return one
    known = ", ".join(one.code for one in partners)
    raise Misconfigured(f"There is no brand {code!r}. There are: {known}.")


def _tell(plan: catalogue.RewardsPlan, done: str, *, as_json: bool) -> None:
    if as_json:
        told = {
            "changes": [
                {"sign": one.sign, "code": one.what, "detail": one.detail} for one in plan.changes
            ],
            "unchanged": plan.unchanged,
            "leftAlone": plan.left_alone,
        }
        typer.echo(json.dumps(told))
        return
    show_changes(plan.changes, done)
    if plan.left_alone:
        console.print(
            f"Not in the file, and left alone: {', '.join(plan.left_alone)}.",
            highlight=False, soft_wrap=True, markup=False,
        )  # fmt: skip


def _tell_codes(done: catalogue.LoadedCodeFile, *, dry_run: bool, as_json: bool) -> None:
    refused = done.refused.total()
    if as_json:
        lines = [{"line": one.line, "code": one.code, "message": one.message} for one in done.told]
        told = {
            "loaded": done.loaded, "known": done.known, "refused": refused, "lines": lines,
            "dryRun": dry_run,
        }  # fmt: skip
        typer.echo(json.dumps(told))
    else:
        would = "would be " * dry_run
        console.print(
            f"{done.loaded:,} codes {would}loaded, {done.known:,} known before, {refused:,}"
            f" {would}refused."
        )
        for one in done.told:
            errors.print(f"line {one.line}: {one.code}: {one.message}", soft_wrap=True)
        if refused > len(done.told):
            errors.print(f"and {refused - len(done.told):,} more lines")
    if refused:
        raise SystemExit(1)
