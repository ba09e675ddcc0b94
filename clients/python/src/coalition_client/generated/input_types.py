from datetime import date
from decimal import Decimal
from typing import Optional

from pydantic import Field

from coalition_client.scalars import DateTime, Points

from .base_model import BaseModel
from .enums import (
    BankEntryIs,
    BatchErrorPolicy,
    BulkCompression,
    BulkFormat,
    Channel,
    ClaimStep,
    ConsentPurpose,
    DisputeReason,
    DocumentSide,
    HouseholdRole,
    IdentifierKind,
    InvitationDecision,
    MemberStatus,
    MissingReason,
    NotificationChannel,
    NotificationKind,
    PeriodState,
    ReconciliationAction,
    ReconciliationCompression,
    ReconciliationFormat,
    RewardCostBasis,
    RewardKind,
    RewardPlace,
    TransferDecision,
    WebhookEvent,
)


class AdjustmentSourceInput(BaseModel):
    """What an adjustment comes from."""

    kind: str
    "Like DISPUTE. GOODWILL is paid by the operator, all others by the pool."
    id: str
    "Which one."
    authorised: Decimal
    "All adjustments from it together never exceed this amount."


class AdvanceClaimInput(BaseModel):
    """What was done about a claim."""

    claim_id: str
    "Which."
    to: ClaimStep
    "What was done."
    note: Optional[str] = None
    "For the member, such as a parcel's number."


class AnswerDisputeInput(BaseModel):
    """Something to be said in a dispute."""

    idempotency_key: str
    "The same key and input are one step."
    dispute_id: str
    "In which dispute."
    message: str
    "In words, up to 1000 characters."
    reason: Optional[DisputeReason] = None
    "When the reason is another one by now."
    evidence: Optional["EvidenceInput"] = None
    "What shows it."


class AnswerMissingPurchaseInput(BaseModel):
    """Something to be said about a missing purchase."""

    idempotency_key: str
    "The same key and input are one step."
    missing_purchase_id: str
    "About which."
    message: str
    "In words, up to 1000 characters."


class ApproveMissingPurchaseInput(BaseModel):
    """Points that are given after all."""

    idempotency_key: str
    "The same key and input are one approval."
    missing_purchase_id: str
    "For which."
    message: Optional[str] = None
    "For the member, up to 1000 characters."
    reference: Optional[str] = None
    "The brand's own number of the purchase, when it is another one."
    amount: Optional["MoneyInput"] = None
    "What was paid, when it is something else."
    purchased_at: Optional[DateTime] = None
    "When it was bought; absent: at noon of the day that was reported."


class AskAboutMissingPurchaseInput(BaseModel):
    """A question of the brand's."""

    idempotency_key: str
    "The same key and input are one step."
    missing_purchase_id: str
    "About which."
    message: str
    "What is to be known, up to 1000 characters."


class AssignReconciliationItemInput(BaseModel):
    """Who looks after an item."""

    item_id: str
    "Which item."
    owner: str
    "A name, as people there know it."


class AwardPointsBatchInput(BaseModel):
    """Points for up to 1000 purchases."""

    rows: list["AwardPointsInput"]
    "1 to 1000 rows."
    error_policy: BatchErrorPolicy = BatchErrorPolicy.REJECT_FAILED_ROWS
    "What a refused row does to the others."


class AwardPointsInput(BaseModel):
    """Points for one purchase of one member."""

    idempotency_key: str
    "1 to 255 visible ASCII characters; the same key replays the first result."
    member: "MemberRef"
    "Who bought."
    purchase: "PurchaseInput"
    "What was bought."


class BlockCardInput(BaseModel):
    """A card that is lost."""

    idempotency_key: str
    "As in `awardPoints`."
    card: str
    "It earns and spends no more."
    reason: str
    "Why, for the record."


class CancelBulkAwardInput(BaseModel):
    """Which bulk award to stop."""

    bulk_award_id: str
    "Its id."


class CancelClaimInput(BaseModel):
    """A claim to be given back."""

    idempotency_key: str
    "As in `claimReward`."
    claim_id: str
    "Which."
    reason: str
    "Why, for the record."


class CaptureHoldInput(BaseModel):
    """Points of a hold to be spent."""

    idempotency_key: str
    "As in `awardPoints`."
    hold_id: str
    "Which hold."
    points: Optional[Points] = None
    "Absent: all; fewer: the rest goes back."
    occurred_at: Optional[DateTime] = None
    "When, for tills that report later; absent: now."


class ChangeEmailInput(BaseModel):
    """Another e-mail address."""

    email: str
    "The new one; a mail goes there to confirm it."


class ChangeHouseholdRoleInput(BaseModel):
    """What somebody may do in a household."""

    idempotency_key: str
    "As in `claimReward`."
    household_member_id: str
    "Who."
    role: HouseholdRole
    "What it may do from now on. Who lets somebody spend must just have shown its password or a passkey."


class ChangeMemberStatusInput(BaseModel):
    """A member's new status."""

    idempotency_key: str
    "As in `awardPoints`."
    member_id: str
    "Whose."
    status: MemberStatus
    "A closed member stays closed."
    reason: str
    "Why, for the record."


class ChangeProfileInput(BaseModel):
    """What is to be put right; what is left out stays as it is."""

    given_name: Optional[str] = None
    "First name."
    family_name: Optional[str] = None
    "Last name."
    locale: Optional[str] = None
    "Language, like es-ES."
    time_zone: Optional[str] = None
    "Like Europe/Madrid."


class ChangeSpendingInput(BaseModel):
    """What a member does about its own spending."""

    idempotency_key: str
    "As in `claimReward`."


class ChangeWebhookEndpointInput(BaseModel):
    """What is to be another one; what is absent stays."""

    webhook_endpoint_id: str
    "Which endpoint."
    url: Optional[str] = None
    "Another address."
    events: Optional[list["WebhookEventInput"]] = None
    "All that it is to be told of from now on."
    enabled: Optional[bool] = None
    "On or off. What waited is sent when it is switched on."


class ClaimCardInput(BaseModel):
    """A card that the member has in its hands."""

    card: str
    "Its number."
    code: str
    "What a till said to who showed the card."


class ClaimRewardInput(BaseModel):
    """A reward to be claimed."""

    idempotency_key: str
    "1 to 255 visible ASCII characters that name this claim: sent again, it is claimed once."
    reward_id: str
    "Which."
    points: Optional[Points] = None
    "What the member was shown: another price by now is refused. Absent: whatever it costs."


class ClosePeriodInput(BaseModel):
    """A period to be closed."""

    label: str
    'Like "2017-01"; closing twice changes nothing.'
    calendar: Optional[str] = None
    "Of which calendar; absent: the programme's."


class ConsentInput(BaseModel):
    """Which consent."""

    purpose: ConsentPurpose
    "What for."
    partner: Optional[str] = None
    "The code of the brand that asks; null: the programme."
    version: Optional[int] = None
    "Of the text that was shown: needed to give consent."
    locale: Optional[str] = None
    "In which language, like es."
    member_id: Optional[str] = None
    "Whose, where the operator writes down what it was told."


class ConsentTextInput(BaseModel):
    """A text in one language."""

    locale: str
    "Like es, or es-MX."
    text: str
    "With {who} where the name of who asks is to stand."


class CorrectStatementsInput(BaseModel):
    """Statements of a period that were calculated wrongly."""

    label: str
    'Of which period, like "2017-01".'
    reason: str
    "Why; it is kept with the run."
    calendar: Optional[str] = None
    "Of which calendar; absent: the programme's."
    partner: Optional[str] = None
    "Of one brand only, by its code; absent: of all."


class CreateBulkAwardInput(BaseModel):
    """A file that will be sent."""

    idempotency_key: str
    "As in `awardPoints`."
    format: BulkFormat
    "How it writes its rows."
    compression: BulkCompression = BulkCompression.NONE
    "How it is packed."
    file_name: Optional[str] = None
    "What you call it, for showing."
    sha_256: Optional[str] = None
    "SHA-256 of the file as it is sent, in hexadecimal; what comes and has another is not taken."
    rows: Optional[int] = None
    "How many rows it has; with others it is rejected."


class CreateReconciliationFileInput(BaseModel):
    """A file that will be sent."""

    idempotency_key: str
    "As in `awardPoints`."
    period: str
    "Of which period; its header must say the same."
    format: ReconciliationFormat
    "How it writes its rows."
    compression: ReconciliationCompression = ReconciliationCompression.NONE
    "How it is packed."
    file_name: Optional[str] = None
    "What you call it, for showing."
    sha_256: Optional[str] = None
    "SHA-256 of the unpacked file, in hexadecimal: what comes and has another is not taken, and a file that was taken before is answered as it stands."


class CreateWebhookEndpointInput(BaseModel):
    """A new webhook endpoint."""

    idempotency_key: str
    "As in `awardPoints`."
    url: str
    "Where messages are sent: https, at a public address, without a password."
    events: list["WebhookEventInput"]
    "What it is to be told of."


class DecideDisputeInput(BaseModel):
    """The operator's decision."""

    idempotency_key: str
    "The same key and input are one decision."
    dispute_id: str
    "Of which dispute."
    authorised: Decimal
    "How much of what is asked for the brand gets: all accepts, 0 rejects."
    message: str
    "Why, up to 1000 characters."


class DecideHouseholdInvitationInput(BaseModel):
    """What becomes of an invitation."""

    invitation_id: str
    "Which."
    to: InvitationDecision
    "What becomes of it."


class DecideTransferInput(BaseModel):
    """What becomes of a gift."""

    transfer_id: str
    "Which."
    to: TransferDecision
    "What becomes of it."


class DeclineMissingPurchaseInput(BaseModel):
    """A report that brings no points."""

    idempotency_key: str
    "The same key and input are one refusal."
    missing_purchase_id: str
    "Which."
    reason: MissingReason
    "Why."
    message: Optional[str] = None
    "In words, up to 1000 characters."


class DeleteWebhookEndpointInput(BaseModel):
    """An endpoint that is to end."""

    webhook_endpoint_id: str
    "Which endpoint."


class DisputeReconciliationItemsInput(BaseModel):
    """Differences of a reconciliation that a brand does not let stand."""

    idempotency_key: str
    "The same key and input are one dispute."
    item_ids: list[str]
    "Which items, of one file; each in one dispute at a time."
    reason: DisputeReason
    "Why."
    line: Optional[int] = None
    "The line of the statement in force; absent: the one that such items are on, when there is only one."
    message: Optional[str] = None
    "In words; absent: which items of which file they are."
    amount: Optional[Decimal] = None
    "How much is asked for; absent: the money that hangs on them."


class DisputeSourceInput(BaseModel):
    """What a dispute comes from."""

    kind: str
    "Like RECONCILIATION."
    id: str
    "Which one."


class DrawPrizeInput(BaseModel):
    """A prize draw whose time is over."""

    reward_id: str
    "Which."


class EndPermissionInput(BaseModel):
    """A program that may do nothing for the member any more."""

    client_id: str
    "Which, as in `allowedPrograms`."


class EnrolMemberInput(BaseModel):
    """A new member, or one whose card the partner has before it."""

    idempotency_key: str
    "As in `awardPoints`."
    identifiers: list["IdentifierInput"]
    "1 to 10. A known card means its member; e-mail, phone and external id are this partner's own note and are neither found nor told at another."
    given_name: Optional[str] = None
    "First name."
    family_name: Optional[str] = None
    "Last name."
    locale: Optional[str] = None
    "Language, like es-ES."
    time_zone: Optional[str] = None
    "Like Europe/Madrid."


class EvidenceInput(BaseModel):
    """A file that is handed in."""

    name: str
    "What it is called, without folders."
    media_type: str
    "application/pdf, image/png, image/jpeg, text/csv or text/plain."
    content: str
    "Its bytes in Base64; at most 2 MiB of them."


class FoundHouseholdInput(BaseModel):
    """A household to begin."""

    idempotency_key: str
    "As in `claimReward`."


class FxRateInput(BaseModel):
    """One unit of base is rate of quote on a day."""

    on: date
    "Of which day."
    base: str
    "One unit of this ..."
    quote: str
    "... is so many of this."
    rate: Decimal
    "How many; above zero."


class GiveVoucherInput(BaseModel):
    """A voucher for somebody else."""

    claim_id: str
    "Which."


class HoldPointsInput(BaseModel):
    """Points to set aside until a purchase is paid."""

    idempotency_key: str
    "As in `awardPoints`."
    member: "MemberRef"
    "Whose points."
    points: Points
    "How many."
    reference: str
    "The partner's own number of the purchase."
    store_code: Optional[str] = None
    "Which store."
    expires_in_seconds: Optional[int] = None
    "1 to 604800; absent: the programme's own time."
    occurred_at: Optional[DateTime] = None
    "When, for tills that report later; absent: now."


class HoldWithTillTokenInput(BaseModel):
    """Points to set aside of whoever showed a token."""

    idempotency_key: str
    "As in `awardPoints`."
    token: str
    "As it was scanned."
    points: Optional[Points] = None
    "How many; or `amount` instead."
    amount: Optional["MoneyInput"] = None
    "So many points as are worth this at the programme's point value, in its currency, rounded up."
    reference: str
    "The partner's own number of the purchase."
    store_code: Optional[str] = None
    "Which store."
    expires_in_seconds: Optional[int] = None
    "1 to 604800; absent: the programme's own time."


class IdentifierInput(BaseModel):
    """Something that a member is known by."""

    kind: IdentifierKind
    "Of which kind it is."
    value: str
    "The number, address or id itself."


class InstructPaymentsInput(BaseModel):
    """A final period whose payments are to be made."""

    label: str
    'Like "2017-01"; again: the same files.'
    calendar: Optional[str] = None
    "Of which calendar; absent: the programme's."
    on: Optional[date] = None
    "The day of all payments; absent: the next bank day, debits one later."
    again: bool = False
    "Another attempt of those that came back or were refused."


class InviteToHouseholdInput(BaseModel):
    """Somebody to invite."""

    idempotency_key: str
    "As in `claimReward`."
    card: str
    "The number of a card. One that is nobody's is answered like any other."
    role: HouseholdRole
    "What it may do there."


class IssueCardCodeInput(BaseModel):
    """A card that somebody shows."""

    card: str
    "Its number."


class IssueTillTokenInput(BaseModel):
    """A token that is asked for."""

    partner: Optional[str] = None
    "Good at the brand of this code alone; absent: at any."


class LeaveHouseholdInput(BaseModel):
    """Who leaves a household."""

    idempotency_key: str
    "As in `claimReward`."
    household_member_id: Optional[str] = None
    "Whom an owner sends away; absent: the member itself leaves."


class LineInput(BaseModel):
    """The line of a statement that is corrected."""

    statement_id: str
    "Of which statement."
    line: int
    "Its place in it."


class LinkPaymentCardInput(BaseModel):
    """A payment card of the member. Its number is not taken anywhere."""

    token: str
    "What the brand is told of the card at each purchase: the token or fingerprint of its acquirer. What looks like the number of a card is refused."
    label: str
    "What its holder knows it by, like its scheme; 40 characters at most."
    last_four: str
    "The last four digits of its number."
    valid_until: Optional[str] = None
    "The last month that is printed on it, like 2028-03."


class LoadCodesInput(BaseModel):
    """Codes to be given out, each once."""

    reward_id: str
    "A voucher or a gift card."
    codes: list[str]
    "1 to 1000 of 1 to 64 characters; blanks in them do not matter."


class LoadFxRatesInput(BaseModel):
    """Rates to be kept."""

    source: str
    "Whose, as the programme names its source."
    rates: list["FxRateInput"]
    "1 to 10000 of them."


class MailVoucherInput(BaseModel):
    """A voucher to have in the mailbox."""

    claim_id: str
    "Which."


class MemberRef(BaseModel):
    """A member, by exactly one of these. A card is shown by the member, so any partner may use it; e-mail, phone and external id name only members whom this partner itself has under them."""

    id: Optional[str] = None
    "The member's id."
    card: Optional[str] = None
    "The number of its card."
    email: Optional[str] = None
    "Its e-mail address."
    phone: Optional[str] = None
    "Its number, as +34 600 123."
    external_id: Optional[str] = None
    "The calling partner's own id of the member."
    payment_card: Optional[str] = None
    "The token of a payment card that the member has linked at the calling partner. It names who earns, and nobody that spends."


class MoneyInput(BaseModel):
    """An exact amount of one currency."""

    amount: Decimal
    'Like "19.99"; never a float.'
    currency: str
    "Which currency."


class OpenDisputeInput(BaseModel):
    """A line that a brand does not agree with."""

    idempotency_key: str
    "The same key and input are one dispute."
    statement_id: str
    "Of which statement."
    line: int
    "Its place in it."
    reason: DisputeReason
    "Why."
    message: str
    "In words, up to 1000 characters."
    amount: Optional[Decimal] = None
    "How much is asked for; absent: all of the line, and never more than it."
    evidence: Optional["EvidenceInput"] = None
    "What shows it."
    source: Optional["DisputeSourceInput"] = None
    "What it comes from."


class PeriodInput(BaseModel):
    """A period to be led on."""

    label: str
    'Like "2017-01"; doing it twice changes nothing.'
    calendar: Optional[str] = None
    "Of which calendar; absent: the programme's."


class PublishConsentTextInput(BaseModel):
    """A new version of a text."""

    purpose: ConsentPurpose
    "What consent is asked for."
    texts: list["ConsentTextInput"]
    "In all languages, English among them."


class PurchaseInput(BaseModel):
    """What was bought, as the partner's till says."""

    reference: str
    "The partner's own number of the purchase, unique for it for ever."
    purchased_at: DateTime
    "When, by the till's clock."
    amount: "MoneyInput"
    "The basis on which points are earned, in the partner's currency, less what its agreement excludes of the parts named below."
    tax: Optional["MoneyInput"] = None
    "The part of `amount` that is tax."
    shipping: Optional["MoneyInput"] = None
    "The part of `amount` that is shipping."
    paid_with_points: Optional["MoneyInput"] = None
    "The part of `amount` that was paid with points."
    store_code: Optional[str] = None
    "Which store."
    terminal_code: Optional[str] = None
    "Which till."
    channel: Optional[Channel] = None
    "How it was bought."
    lines: Optional[list["PurchaseLineInput"]] = None
    "The receipt's lines, when the partner sends them."
    promotion: Optional[str] = None
    "The code of a promotion of this brand; its rate counts then, and several partners pay."


class PurchaseLineInput(BaseModel):
    """One line of a receipt."""

    sku: str
    "The partner's own article number."
    category: Optional[str] = None
    "Its own category."
    quantity: int
    "How many."
    amount: "MoneyInput"
    "What the line comes to."


class PutRewardImageInput(BaseModel):
    """An image for rewards."""

    content: str
    "Its bytes in Base64 (RFC 4648, section 4): PNG, JPEG or WebP, 512 KiB and 2000 x 2000 pixels at most."


class PutRewardInput(BaseModel):
    """A reward as it is from now on."""

    idempotency_key: str
    "As in `awardPoints`."
    code: str
    "The brand's own key: one that it has is changed, another one is new."
    kind: RewardKind
    "It stays."
    texts: list["RewardTextsInput"]
    "The first language is for who has none of the others."
    points: Points
    "What it costs."
    money: Optional["MoneyInput"] = None
    "What is paid besides, at the brand."
    category: Optional[str] = None
    "Its shelf."
    image_hash: Optional[str] = None
    "Of an image that `putRewardImage` has taken."
    stock: Optional[Points] = None
    "How many are left from now on; absent: no end. Codes are counted by themselves."
    per_member: Optional[int] = None
    "How often one member may claim it; absent: any number of times."
    from_: Optional[DateTime] = Field(alias="from", default=None)
    "Since when it can be claimed."
    until: Optional[DateTime] = None
    "Until just before."
    tier: Optional[str] = None
    "The lowest of the programme's tiers that may claim it."
    place: RewardPlace = RewardPlace.BOTH
    "Where it is used."
    face_value: Optional["MoneyInput"] = None
    "What it is worth in money."
    cost_basis: RewardCostBasis = RewardCostBasis.PRICE
    "What the brand is paid for it."
    cost: Optional["MoneyInput"] = None
    "When NEGOTIATED."
    cancel_hours: int = 0
    "For how long a claim may be given back; 0: never."
    valid_days: Optional[int] = None
    "How long a claim's code is good; absent: for ever."
    winners: Optional[int] = None
    "How many win; of a prize draw."
    charity: Optional[str] = None
    "To whom it goes; of a donation."


class RecordAdjustmentInput(BaseModel):
    """A correction in a partner's favour, or with a sign against it: points and a price, or an amount."""

    idempotency_key: str
    "The same key and input are one adjustment."
    partner: str
    "Whose: the brand's code."
    reason: str
    "Why; it stands on the statement."
    source: "AdjustmentSourceInput"
    "What it comes from."
    points: Optional[Points] = None
    "How many points."
    price: Optional[Decimal] = None
    "Money per point."
    amount: Optional[Decimal] = None
    "Or how much money."
    currency: Optional[str] = None
    "Absent: that of the line, or the partner's own."
    corrects: DocumentSide = DocumentSide.ISSUANCE
    "Which of its documents."
    line: Optional["LineInput"] = None
    "What it corrects."


class RecordExchangeInput(BaseModel):
    """Currency that was bought for what the pool lacked."""

    idempotency_key: str
    "The same key and input are one exchange."
    label: str
    'For which period, like "2017-01".'
    currency: str
    "What was bought."
    base: str
    "One unit of this ..."
    rate: Decimal
    "... was so many of the other: the bank's rate."
    calendar: Optional[str] = None
    "Of which calendar; absent: the programme's."


class RedeemPointsInput(BaseModel):
    """Points to be spent in one step."""

    idempotency_key: str
    "As in `awardPoints`."
    member: "MemberRef"
    "Whose points."
    points: Points
    "How many."
    reference: str
    "The partner's own number of the purchase."
    store_code: Optional[str] = None
    "Which store."
    occurred_at: Optional[DateTime] = None
    "When, for tills that report later; absent: now."


class RefundRedemptionInput(BaseModel):
    """Spent points to be given back."""

    idempotency_key: str
    "As in `awardPoints`."
    redemption_id: str
    "Which redemption."
    points: Optional[Points] = None
    "Absent: all that has not been given back yet."
    reason: str
    "Why, for the record."
    occurred_at: Optional[DateTime] = None
    "When, for tills that report later; absent: now."


class ReleaseHoldInput(BaseModel):
    """A hold to be given back."""

    idempotency_key: str
    "As in `awardPoints`."
    hold_id: str
    "Which hold."


class ReplaceCardInput(BaseModel):
    """A card that takes another's place."""

    idempotency_key: str
    "As in `awardPoints`."
    card: str
    "The card that ends."
    new_card: str
    "The card from now on; balance and lots stay."
    reason: str
    "Why, for the record."


class ReplayWebhookEventsInput(BaseModel):
    """Events to be told again, beginning behind a cursor or at a moment."""

    webhook_endpoint_id: str
    "To which endpoint."
    after: Optional[str] = None
    "Behind the event with this `cursor`."
    since: Optional[DateTime] = None
    "What was recorded at this instant or later."
    until: Optional[DateTime] = None
    "What was recorded before this instant; absent: all."
    only_dead: bool = False
    "Only what was given up, and nothing that was delivered."


class ReportMissingPurchaseInput(BaseModel):
    """A purchase that brought no points."""

    idempotency_key: str
    "The same key and input are one report."
    partner: str
    "At which brand."
    purchased_on: date
    "On which day it was bought."
    amount: "MoneyInput"
    "What was paid, in the brand's currency."
    reference: str
    "The number on the receipt."
    message: Optional[str] = None
    "What helps to find it, up to 1000 characters."


class RequestErasureInput(BaseModel):
    """A member that wants to be forgotten."""

    lose_points: Points
    "How many points it was told that it loses: `myData.pointsToLose`."
    member_id: Optional[str] = None
    "Whose, where the operator does it for who wrote to it."


class ResendWebhookDeliveryInput(BaseModel):
    """A delivery to be sent again."""

    delivery_id: str
    "Which: its `webhook-id`."


class ResolveBankEntryInput(BaseModel):
    """An entry that was told of before, or not."""

    bank_entry_id: str
    "An entry that is PERHAPS_KNOWN."
    as_: BankEntryIs = Field(alias="as")
    "What it is; said once."
    reason: str
    "How you know, up to 200 characters; it is kept."


class ResolveReconciliationItemInput(BaseModel):
    """What is done with an item."""

    idempotency_key: str
    "As in `awardPoints`."
    item_id: str
    "Which item."
    action: ReconciliationAction
    "One of its `actions`."
    note: str
    "Why, for whoever reads it later."


class ReverseAwardInput(BaseModel):
    """A purchase, or part of it, that came back."""

    idempotency_key: str
    "As in `awardPoints`."
    award_id: Optional[str] = None
    "The award; this or `purchaseReference`."
    purchase_reference: Optional[str] = None
    "The partner's own number of the purchase."
    amount: Optional["MoneyInput"] = None
    "What came back; absent: all that has not come back yet."
    reason: str
    "Why, for the record."
    occurred_at: Optional[DateTime] = None
    "When it came back, for tills that report later; absent: now."


class RewardFilter(BaseModel):
    """Which rewards. What is left out does not matter."""

    partner: Optional[str] = None
    "Of the brand of this code."
    kinds: Optional[list[RewardKind]] = None
    "Of these kinds."
    category: Optional[str] = None
    "Of this shelf."
    points_from: Optional[Points] = None
    "At least so many."
    points_until: Optional[Points] = None
    "At most so many."
    affordable: bool = False
    "For a member: what it can pay with the points it has now."
    place: Optional[RewardPlace] = None
    "What can be used there, what can be used anywhere included."
    open_only: bool = False
    "For a brand and the operator: only what members see: what is open now."


class RewardTextsInput(BaseModel):
    """What a reward says in one language."""

    locale: str
    "A language like es or es-MX."
    title: str
    "Its name: 1 to 100 characters."
    description: Optional[str] = None
    "What one gets: up to 2000 characters."
    terms: Optional[str] = None
    "What to know before: up to 2000 characters."


class RotateWebhookSecretInput(BaseModel):
    """An endpoint that is to sign with a new secret."""

    idempotency_key: str
    "As in `awardPoints`."
    webhook_endpoint_id: str
    "Which endpoint."
    overlap_hours: int = 24
    "How long the secret before signs too: 0 to 168."


class SendPointsInput(BaseModel):
    """Points to give away."""

    idempotency_key: str
    "As in `claimReward`."
    card: str
    "The number of a card of whom they are for."
    points: Points
    "How many, within `Programme.gifts`."


class SendTestEventInput(BaseModel):
    """An endpoint to be tried."""

    idempotency_key: str
    "As in `awardPoints`."
    webhook_endpoint_id: str
    "Which endpoint."


class SetMemberTierInput(BaseModel):
    """A member's tier."""

    idempotency_key: str
    "As in `awardPoints`."
    member_id: str
    "Whose."
    tier: Optional[str] = None
    "One of the programme's, by its code; absent: none."
    reason: str
    "Why, for the record."


class SetNotificationInput(BaseModel):
    """How a member wants to be told of something."""

    kind: NotificationKind
    "Of what."
    channel: NotificationChannel
    "How."


class SetQuietHoursInput(BaseModel):
    """When a member is not to be disturbed; nothing twice: never."""

    from_: Optional[str] = Field(alias="from", default=None)
    "Like 22:00, in the member's own time zone."
    until: Optional[str] = None
    "Like 07:30; it may be on the next day."


class TakeBankFileInput(BaseModel):
    """A file of the bank: camt.053, camt.054 or pain.002."""

    content: str
    "Its bytes in Base64 (RFC 4648, section 4)."


class TakeVoucherBackInput(BaseModel):
    """A link that is to open nothing any more."""

    claim_id: str
    "Of which voucher."


class UnlinkPaymentCardInput(BaseModel):
    """A payment card, by exactly one of these."""

    payment_card_id: Optional[str] = None
    "As in `paymentCards`; a member's."
    token: Optional[str] = None
    "Its token at the brand whose program this is."


class UseVoucherInput(BaseModel):
    """A code that a member shows."""

    idempotency_key: str
    "As in `awardPoints`."
    code: str
    "As it is shown; blanks do not matter."
    reference: str
    "The brand's own number of the purchase."


class WaiveOpenItemsInput(BaseModel):
    """Items that a period is to pass in spite of."""

    label: str
    'Of which period, like "2017-01".'
    state: PeriodState
    "The state that they keep it from."
    partner: str
    "Whose: the brand's code."
    subject: str
    "Of what, like RECONCILIATION."
    reason: str
    "Why; it is kept."
    calendar: Optional[str] = None
    "Of which calendar; absent: the programme's."


class WebhookEventInput(BaseModel):
    """An event that an endpoint is to be told of."""

    event: WebhookEvent
    "Which."
    document: Optional[str] = None
    "A subscription with the one field of this event, without variables: what it selects is what is told. Absent: the usual one."


class WishForRewardInput(BaseModel):
    """What a member saves for."""

    reward_id: Optional[str] = None
    "Which reward; absent: nothing any more."


class WithdrawDisputeInput(BaseModel):
    """A dispute that a brand lets go."""

    idempotency_key: str
    "The same key and input are one step."
    dispute_id: str
    "Which dispute."
    message: str
    "Why, up to 1000 characters."


class WithdrawErasureInput(BaseModel):
    """A member that stays after all."""

    member_id: Optional[str] = None
    "Whose, where the operator does it for who wrote to it."


class WithdrawMissingPurchaseInput(BaseModel):
    """A missing purchase that its member lets go."""

    idempotency_key: str
    "The same key and input are one step."
    missing_purchase_id: str
    "Which."


class WithdrawRewardInput(BaseModel):
    """A reward that is not to be claimed any more."""

    reward_id: str
    "Which."
