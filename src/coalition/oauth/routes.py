"""Every address of the authorization server."""

from starlette.routing import Route

from coalition.kit.config import Settings
from coalition.kit.database import Database
from coalition.oauth.authorize import PeopleEndpoints
from coalition.oauth.desk import Desk
from coalition.oauth.endpoint import ProgramEndpoints
from coalition.oauth.metadata import Metadata

# The endpoints for programs answer every method themselves, in their own format.
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def oauth_routes(database: Database, settings: Settings) -> list[Route]:
    desk = Desk(database, settings)
    programs, people = ProgramEndpoints(desk), PeopleEndpoints(desk)
    return [
        Route("/oauth/token", programs.token, methods=_ANY),
        Route("/oauth/revoke", programs.revoke, methods=_ANY),
        Route("/oauth/introspect", programs.introspect, methods=_ANY),
        Route("/oauth/device_authorization", programs.device, methods=_ANY),
        Route("/oauth/authorize", people.authorize, methods=["GET", "POST"]),
        Route("/device", people.device, methods=["GET", "POST"]),
        *Metadata(desk).routes,
    ]
