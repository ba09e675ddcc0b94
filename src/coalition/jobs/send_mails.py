"""Mails to members: write those that events and time ask for, send those that are due.

Without a mail server in the settings none of these does anything.
"""

from coalition import catalogue, mail
from coalition.access import load_keys
from coalition.jobs.job import Desk, JobFailed

_TOLD = {
    "SENT": "sent",
    "RETRY": "to be tried again",
    "LATER": "wait",
    "DROPPED": "not wanted",
    "DEAD": "refused",
}


async def queue_mails(desk: Desk) -> str:
    """By itself, and not before sending: a slow mail server keeps no event from being read."""
    if mail.MailServer.of(desk.settings) is None:
        return ""
    written = await mail.fan_out_mails(desk.office.database, now=desk.clock())
    return f"{written:,} written" if written else ""


async def send_mails(desk: Desk) -> str:
    server, settings = mail.MailServer.of(desk.settings), desk.settings
    if server is None:
        return ""
    keys, database = await load_keys(desk.office.database), desk.office.database

    async def voucher_of(member_id: int, seq: int, language: str) -> mail.VoucherCopy | None:
        return await catalogue.voucher_copy(
            database, keys.codes, (member_id, seq), language, now=desk.clock()
        )

    postman = mail.Postman(
        desk.office,
        keys,
        server,
        url=settings.url,
        per_minute=settings.mail_per_minute,
        clock=desk.clock,
        voucher_of=voucher_of,
        is_stopping=lambda: desk.is_stopping,
    )
    try:
        done = await postman.round()
    except mail.MailServerNotReached as error:
        raise JobFailed(
            f"The mail server {server.host}:{server.port} was not reached: {error}"
        ) from None
    return ", ".join(f"{done[one]:,} {what}" for one, what in _TOLD.items() if done[one])


async def write_reminders(desk: Desk) -> str:
    if mail.MailServer.of(desk.settings) is None:
        return ""
    members = 0
    async for written in mail.write_reminders(desk.office, now=desk.clock()):
        members += written
        if desk.is_stopping:
            break
    return f"{members:,} members reminded" if members else ""


async def write_months(desk: Desk) -> str:
    if mail.MailServer.of(desk.settings) is None:
        return ""
    members = 0
    async for written in mail.write_months(desk.office, now=desk.clock()):
        members += written
        if desk.is_stopping:
            break
    return f"{members:,} members told of their month" if members else ""
