"""Laws of consent."""

from coalition.kit.errors import Refusal


class ConsentNotAsked(Refusal):
    """Nobody asks for this: there is no such brand, or the purpose is the programme's alone."""

    code = "CONSENT_NOT_ASKED"


class ConsentTextNotCurrent(Refusal):
    """Consent is given to the newest text and to no other one: that is what was shown."""

    code = "CONSENT_TEXT_NOT_CURRENT"


class ConsentTextNotComplete(Refusal):
    """A new text is published in English at least, in each language once, and says who asks."""

    code = "CONSENT_TEXT_NOT_COMPLETE"
