"""Every law of the books, one after the other, with a bar for whoever is watching."""

from coalition.jobs.laws import HOW_MANY_LAWS, every_law
from coalition.ledger import Broken
from coalition.partners import Office
from coalition.terminal.screen import progress


async def check_books(office: Office) -> list[Broken]:
    """One per law, in their order; a law that holds has no rows."""
    found = []
    with progress() as bar:
        task = bar.add_task("Checking the books", total=HOW_MANY_LAWS)
        async for result in every_law(office):
            found.append(result)
            bar.advance(task)
    return found
