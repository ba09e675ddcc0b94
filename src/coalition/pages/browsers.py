"""What a browser says that it is, in two words: shown to its own person, believed by nobody."""

from coalition.pages.language import Text, said

# The first that is named counts: most browsers claim to be several.
_BROWSERS = (
    ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
    ("CriOS/", "Chrome"), ("Safari/", "Safari"),
)  # fmt: skip
_SYSTEMS = (
    ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
    ("Mac OS X", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"),
)  # fmt: skip


def browser_of(agent: str | None) -> Text:
    found = [
        next((name for mark, name in known if mark in (agent or "")), None)
        for known in (_BROWSERS, _SYSTEMS)
    ]
    match found:
        case [None, None]:
            return said("A browser")
        case [browser, None] | [None, browser]:
            return Text(str(browser), {})
        case [browser, system]:
            return said("{browser} on {system}", browser=browser, system=system)
        case _:
            raise AssertionError("a browser and a system")
