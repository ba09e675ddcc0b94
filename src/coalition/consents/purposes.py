"""What consent is asked for, and how it was given. Pure."""

from enum import StrEnum


class Purpose(StrEnum):
    """Each is asked for by itself (GDPR, recital 43); none is on until somebody gives it."""

    PROGRAMME_MAILS = "PROGRAMME_MAILS"  # of the programme alone: expiring points, monthly summary
    MARKETING = "MARKETING"  # of the programme, or of one brand
    PROFILING = "PROFILING"  # of the programme, or by one brand

    @property
    def is_of_brands(self) -> bool:
        """Whether a brand may ask for it too; the programme always may."""
        return self is not Purpose.PROGRAMME_MAILS


class Channel(StrEnum):
    """How the operator can prove that it was the member."""

    SIGN_UP = "SIGN_UP"  # a box that the person ticked when it signed up
    MEMBER = "MEMBER"  # with the member's own token
    SUPPORT = "SUPPORT"  # told to the operator's staff, who wrote it down
    LINK = "LINK"  # the link in a mail, without signing in
    ERASURE = "ERASURE"  # it ended with the member's data
