"""The GraphQL documents that the demo sends."""

VIEWER = """query { viewer { partner {
  code currency agreements { validFrom issuePrice redeemPrice } } } }"""
CAN_SPEND = """query ($card: String!, $points: Points!) {
  member(ref: {card: $card}) { canSpend(points: $points) } }"""
ENROL = """mutation ($input: EnrolMemberInput!) { enrolMember(input: $input) {
  member { id } userErrors { code message } } }"""
AWARD_BATCH = """mutation ($input: AwardPointsBatchInput!) { awardPointsBatch(input: $input) {
  points results { award { points } userErrors { code message } }
  userErrors { code message } } }"""
REVERSE = """mutation ($input: ReverseAwardInput!) { reverseAward(input: $input) {
  clawedBack shortfall shortfallPayer userErrors { code message } } }"""
REDEEM = """mutation ($input: RedeemPointsInput!) { redeemPoints(input: $input) {
  redemption { id points } userErrors { code message } } }"""
HOLD = """mutation ($input: HoldPointsInput!) { holdPoints(input: $input) {
  hold { id } userErrors { code message } } }"""
CAPTURE = """mutation ($input: CaptureHoldInput!) { captureHold(input: $input) {
  redemption { id points } userErrors { code message } } }"""
RELEASE = """mutation ($input: ReleaseHoldInput!) { releaseHold(input: $input) {
  hold { state } userErrors { code message } } }"""
REFUND = """mutation ($input: RefundRedemptionInput!) { refundRedemption(input: $input) {
  refunded userErrors { code message } } }"""
CLOSE = """mutation ($input: ClosePeriodInput!) { closePeriod(input: $input) {
  statements { partner { code } issued { amount } redeemed { amount } net { amount }
    lines { kind points price } }
  userErrors { code message } } }"""
# What is shown for trying out; small enough to type.
TO_TRY = "{ statements(first: 3) { nodes { number net { amount currency } } } }"
