"""The ladder against a plain model: whoever does what in whichever order."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.disputes.ladder import (
    ROUNDS,
    DisputeState,
    Side,
    Standing,
    WrongTurn,
    decided,
    opened,
    silent,
    spoken,
)

WINDOW = timedelta(days=5)
NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
# Told as a list of who may speak, in order: three rounds of two, and then the operator decides.
WORDS = [Side.PARTNER, Side.OPERATOR] * ROUNDS
ACTS = st.lists(
    st.tuples(
        st.sampled_from(["partner", "operator", "decide", "expire"]),
        st.integers(0, 8),
        st.integers(0, 100),
    ),
    max_size=14,
)


@given(ACTS)
def test_the_ladder_is_a_list_of_turns_with_a_deadline_on_each(
    acts: list[tuple[str, int, int]],
) -> None:
    here, now = opened(NOON, WINDOW), NOON
    said, due, authorised = 0, NOON + WINDOW, None  # the model
    for act, days, amount in acts:
        now += timedelta(days=days)
        ended = authorised is not None
        turn = None if ended else (WORDS[said] if said < len(WORDS) else Side.OPERATOR)
        assert here.turn is turn
        if act == "expire":
            expected = None if ended or now <= due else (100 if turn is Side.OPERATOR else 0)
            assert silent(here, 100, now) == expected
            if expected is not None:
                here, authorised = Standing(DisputeState.EXPIRED, here.round, None), expected
        elif act == "decide":
            if ended:
                with pytest.raises(WrongTurn):
                    decided(here, 100, amount, now)
                continue
            move = decided(here, 100, amount, now)
            assert move.is_late == (turn is Side.OPERATOR and now > due)
            here, authorised = move.standing, amount
            assert here.state == (
                "REJECTED" if amount == 0 else "ACCEPTED" if amount == 100 else "PARTIAL"
            )
        else:
            side = Side.PARTNER if act == "partner" else Side.OPERATOR
            if ended or said == len(WORDS):
                move = spoken(here, side, now, WINDOW)
                assert (move.standing, move.kind) == (here, "MESSAGE")
                assert move.is_late == (ended or (side is Side.OPERATOR and now > due))
            elif side is not turn:
                with pytest.raises(WrongTurn):
                    spoken(here, side, now, WINDOW)
            else:
                move = spoken(here, side, now, WINDOW)
                assert move.is_late == (now > due)
                said, due, here = said + 1, now + WINDOW, move.standing
                assert here.due_at == due
        assert here.state.is_decided == (authorised is not None)
        assert 1 <= here.round <= ROUNDS


def test_after_three_rounds_there_is_correspondence() -> None:
    here = opened(NOON, WINDOW)
    states = [here.state]
    for side in WORDS:
        here = spoken(here, side, NOON, WINDOW).standing
        states.append(here.state)
    assert states == [
        "OPEN", "PARTNER_EVIDENCE", "OPERATOR_REPLY", "PARTNER_EVIDENCE", "OPERATOR_REPLY",
        "PARTNER_EVIDENCE", "CORRESPONDENCE",
    ]  # fmt: skip
    assert here.turn is Side.OPERATOR
