"""Laws of what a member may ask about its own data."""

from coalition.kit.errors import Refusal


class PointsWouldBeLost(Refusal):
    """A member that leaves loses its points: it says how many, so that it has seen it."""

    code = "POINTS_WOULD_BE_LOST"


class ErasureNotAsked(Refusal):
    """There is nothing to take back."""

    code = "ERASURE_NOT_ASKED"


class CopyNotFound(Refusal):
    """No such copy of this member's, or its time is over."""

    code = "COPY_NOT_FOUND"
