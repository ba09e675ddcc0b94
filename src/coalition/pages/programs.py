"""What programs are called: as their brands named them, and our own in the reader's language."""

from coalition.access import EXPLORER
from coalition.pages.language import Text, said


def program_name(client_id: str, name: str) -> Text:
    if client_id == EXPLORER:
        return said("The explorer of this server")
    return Text("{name}", {"name": name})
