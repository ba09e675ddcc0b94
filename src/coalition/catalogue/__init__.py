"""Rewards of every brand, and what members claim of them: put, load codes, claim, cancel, use."""

from coalition.catalogue.advance_claim import advance_claim
from coalition.catalogue.apply_file import RewardsPlan, apply_file, plan_file
from coalition.catalogue.cancel_claim import cancel_claim
from coalition.catalogue.checks import CATALOGUE_CHECKS
from coalition.catalogue.claim_reward import Claimed, ClaimRequest, claim_reward
from coalition.catalogue.claims import ClaimFilter, ClaimRecord, GiftRecord, claims_at, list_claims
from coalition.catalogue.code_file import LoadedCodeFile, load_code_file
from coalition.catalogue.codes import open_code
from coalition.catalogue.draw_prize import draw_prize, winners_of
from coalition.catalogue.errors import (
    ClaimNotFound,
    RewardImageNotValid,
    RewardNotFound,
    RewardNotValid,
    VoucherLinkNotGood,
    VoucherOpened,
    VoucherWaits,
)
from coalition.catalogue.gift_links import GIFT, GiftLinks
from coalition.catalogue.give_voucher import MOST_LINKS, give_voucher, take_voucher_back
from coalition.catalogue.images import put_image
from coalition.catalogue.load_codes import MOST_CODES, Loaded, RefusedCode, load_codes
from coalition.catalogue.mail_voucher import MOST_COPIES, mail_voucher, voucher_copy
from coalition.catalogue.open_voucher import AGAIN, GivenVoucher, given_voucher, open_voucher
from coalition.catalogue.order import RewardOrder
from coalition.catalogue.put_reward import Put, put_reward
from coalition.catalogue.queries import (
    DrawRecord,
    ImageRecord,
    RewardFilter,
    RewardRecord,
    categories_of,
    draws_of,
    image_of,
    list_rewards,
    reward_coded,
    reward_numbered,
    rewards_at,
    units_of,
    wish_of,
)
from coalition.catalogue.reward_file import RewardFile, load_rewards
from coalition.catalogue.rules import (
    MACHINES,
    ClaimState,
    CostBasis,
    MoneyState,
    Place,
    RewardKind,
    RewardTerms,
    Texts,
    can_be_cancelled,
    cost_of,
    minor_of,
)
from coalition.catalogue.texts import languages_for, texts_for
from coalition.catalogue.use_voucher import Used, use_voucher
from coalition.catalogue.wish_for_reward import wish_for_reward
from coalition.catalogue.withdraw_reward import withdraw_reward

__all__ = [
    "AGAIN",
    "CATALOGUE_CHECKS",
    "GIFT",
    "MACHINES",
    "MOST_CODES",
    "MOST_COPIES",
    "MOST_LINKS",
    "ClaimFilter",
    "ClaimNotFound",
    "ClaimRecord",
    "ClaimRequest",
    "ClaimState",
    "Claimed",
    "CostBasis",
    "DrawRecord",
    "GiftLinks",
    "GiftRecord",
    "GivenVoucher",
    "ImageRecord",
    "Loaded",
    "LoadedCodeFile",
    "MoneyState",
    "Place",
    "Put",
    "RefusedCode",
    "RewardFile",
    "RewardFilter",
    "RewardImageNotValid",
    "RewardKind",
    "RewardNotFound",
    "RewardNotValid",
    "RewardOrder",
    "RewardRecord",
    "RewardTerms",
    "RewardsPlan",
    "Texts",
    "Used",
    "VoucherLinkNotGood",
    "VoucherOpened",
    "VoucherWaits",
    "advance_claim",
    "apply_file",
    "can_be_cancelled",
    "cancel_claim",
    "categories_of",
    "claim_reward",
    "claims_at",
    "cost_of",
    "draw_prize",
    "draws_of",
    "give_voucher",
    "given_voucher",
    "image_of",
    "languages_for",
    "list_claims",
    "list_rewards",
    "load_code_file",
    "load_codes",
    "load_rewards",
    "mail_voucher",
    "minor_of",
    "open_code",
    "open_voucher",
    "plan_file",
    "put_image",
    "put_reward",
    "reward_coded",
    "reward_numbered",
    "rewards_at",
    "take_voucher_back",
    "texts_for",
    "units_of",
    "use_voucher",
    "voucher_copy",
    "winners_of",
    "wish_for_reward",
    "wish_of",
    "withdraw_reward",
]
