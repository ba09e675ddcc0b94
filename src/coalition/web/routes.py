"""Every address of the members' pages."""

from dataclasses import dataclass
from pathlib import Path

import httpx2
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from coalition.kit.clock import Clock, wall_clock
from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.pages import add_templates
from coalition.web.activity import ActivityPages
from coalition.web.api import Api
from coalition.web.card import CardPage
from coalition.web.data import DataPages
from coalition.web.desk import Desk
from coalition.web.display import DisplayPage
from coalition.web.earn import EarnPage
from coalition.web.entrance import Entrance, to_entrance
from coalition.web.expiry import ExpiryPage
from coalition.web.give import GivePages
from coalition.web.guard import Guard, not_found
from coalition.web.help import HelpPages
from coalition.web.home import HomePage
from coalition.web.household import HouseholdPages
from coalition.web.in_process import InProcess
from coalition.web.linked import LinkedPages
from coalition.web.missing import MissingPages
from coalition.web.more import MorePages
from coalition.web.notifications import NotificationPages
from coalition.web.profile import ProfilePage
from coalition.web.redeem import RedeemPages
from coalition.web.rewards import RewardsPage
from coalition.web.security import SecurityPage
from coalition.web.streams import Streams
from coalition.web.transfer import TransferPages
from coalition.web.vouchers import VoucherPages


@dataclass(frozen=True, slots=True)
class MembersPages:
    """`stop` is called before a server waits for its connections, `close` when all have ended."""

    routes: list[BaseRoute]
    streams: Streams
    http: httpx2.AsyncClient

    def stop(self) -> None:
        self.streams.stop()

    async def close(self) -> None:
        await self.http.aclose()


def members_pages(
    database: Database, settings: Settings, application: ASGIApp, clock: Clock = wall_clock
) -> MembersPages:
    """`application`: asked for the API where no `api_url` is set."""
    add_templates(Path(__file__).with_name("templates"))
    transport = None if settings.api_url else InProcess(application)
    http = httpx2.AsyncClient(
        base_url=settings.api_url or settings.url, transport=transport, trust_env=False
    )
    api = Api(http)
    desk = Desk(database, settings, clock, api)
    guard = Guard(desk, to_entrance)
    streams = Streams(api)
    routes: list[BaseRoute] = [
        *Entrance(desk, guard).routes,
        *HomePage(guard, streams).routes,
        *CardPage(guard).routes,
        *ActivityPages(guard).routes,
        *ExpiryPage(guard).routes,
        *EarnPage(guard).routes,
        *HouseholdPages(guard).routes,
        *TransferPages(guard).routes,
        *RewardsPage(guard).routes,
        *RedeemPages(guard).routes,
        *VoucherPages(guard, streams).routes,
        *GivePages(guard).routes,
        *SecurityPage(guard).routes,
        *ProfilePage(guard).routes,
        *LinkedPages(guard).routes,
        *NotificationPages(guard).routes,
        *DataPages(guard).routes,
        *DisplayPage(guard, settings).routes,
        *MissingPages(guard).routes,
        *HelpPages(guard).routes,
        *MorePages(guard).routes,
        Route("/app/{rest:path}", _nothing, methods=["GET", "POST"]),
    ]
    return MembersPages(routes, streams, http)


async def _nothing(request: Request) -> Response:
    return not_found(request)
