"""What the style holds to, so that a page looked at in two ways has been looked at in all."""

import re

from coalition.pages.files import STYLE

# What a bar of tabs is on a wide screen; the pages asked in all four ways have it.
_FRAME = {".tabs", ".tabs a:hover", ".tabs a[aria-current]"}
_BLOCK = re.compile(r"@media \((?:min|max)-width:[^)]*\) \{(.*?)\n  \}", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COLOUR = re.compile(r"(?:^|;|\s)(?:color|background|background-color|opacity|filter|--[\w-]+):")


def test_the_width_of_a_page_does_not_change_its_colours() -> None:
    blocks = _BLOCK.findall(STYLE.content.decode())
    assert len(blocks) >= 3
    coloured = {
        selector.strip()
        for block in blocks
        for selectors, told in _RULE.findall(block)
        if _COLOUR.search(told)
        for selector in selectors.split(",")
    }
    assert coloured == _FRAME
