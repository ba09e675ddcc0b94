from typing import Any, Optional, Union

from coalition_client.scalars import DateTime, Points

from .award_points import AwardPoints, AwardPointsAwardPoints
from .award_points_batch import AwardPointsBatch, AwardPointsBatchAwardPointsBatch
from .base_model import UNSET, UnsetType
from .block_card import BlockCard, BlockCardBlockCard
from .can_spend import CanSpend, CanSpendMember
from .capture_hold import CaptureHold, CaptureHoldCaptureHold
from .change_member_status import (
    ChangeMemberStatus,
    ChangeMemberStatusChangeMemberStatus,
)
from .close_period import ClosePeriod, ClosePeriodClosePeriod
from .enrol_member import EnrolMember, EnrolMemberEnrolMember
from .estimate_award import EstimateAward, EstimateAwardEstimateAward
from .find_member import FindMember, FindMemberMember
from .hold_points import HoldPoints, HoldPointsHoldPoints
from .hold_with_till_token import HoldWithTillToken, HoldWithTillTokenHoldWithTillToken
from .input_types import (
    AwardPointsBatchInput,
    AwardPointsInput,
    BlockCardInput,
    CaptureHoldInput,
    ChangeMemberStatusInput,
    ClosePeriodInput,
    EnrolMemberInput,
    HoldPointsInput,
    HoldWithTillTokenInput,
    MemberRef,
    PurchaseInput,
    RedeemPointsInput,
    RefundRedemptionInput,
    ReleaseHoldInput,
    ReplaceCardInput,
    ReverseAwardInput,
)
from .list_awards import ListAwards, ListAwardsAwards
from .list_flows import ListFlows, ListFlowsFlows
from .list_redemptions import ListRedemptions, ListRedemptionsRedemptions
from .list_statements import ListStatements, ListStatementsStatements
from .redeem_points import RedeemPoints, RedeemPointsRedeemPoints
from .refund_redemption import RefundRedemption, RefundRedemptionRefundRedemption
from .release_hold import ReleaseHold, ReleaseHoldReleaseHold
from .replace_card import ReplaceCard, ReplaceCardReplaceCard
from .reverse_award import ReverseAward, ReverseAwardReverseAward
from .sender import Sender
from .show_programme import ShowProgramme, ShowProgrammeProgramme
from .viewer import Viewer, ViewerViewer


def gql(q: str) -> str:
    return q


class Operations(Sender):
    async def award_points(
        self,
        input: AwardPointsInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AwardPointsAwardPoints:
        query = gql("""
            mutation AwardPoints($input: AwardPointsInput!, $dryRun: Boolean = false) {
              awardPoints(input: $input, dryRun: $dryRun) {
                award {
                  ...AwardShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment AwardShape on Award {
              id
              purchaseReference
              points
              reversedPoints
              state
              purchasedAt
              recordedAt
              spendableFrom
              expiresOn
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query, operation_name="AwardPoints", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return AwardPoints.model_validate(data).award_points

    async def award_points_batch(
        self,
        input: AwardPointsBatchInput,
        only_rejected: Union[Optional[bool], UnsetType] = UNSET,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> AwardPointsBatchAwardPointsBatch:
        query = gql("""
            mutation AwardPointsBatch($input: AwardPointsBatchInput!, $onlyRejected: Boolean = false, $dryRun: Boolean = false) {
              awardPointsBatch(input: $input, dryRun: $dryRun) {
                accepted
                replayed
                rejected
                points
                results(onlyRejected: $onlyRejected) {
                  index
                  replayed
                  award {
                    id
                    points
                  }
                  userErrors {
                    ...ErrorShape
                  }
                }
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }
            """)
        variables: dict[str, object] = {
            "input": input,
            "onlyRejected": only_rejected,
            "dryRun": dry_run,
        }
        response = await self.execute(
            query=query,
            operation_name="AwardPointsBatch",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return AwardPointsBatch.model_validate(data).award_points_batch

    async def reverse_award(
        self,
        input: ReverseAwardInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> ReverseAwardReverseAward:
        query = gql("""
            mutation ReverseAward($input: ReverseAwardInput!, $dryRun: Boolean = false) {
              reverseAward(input: $input, dryRun: $dryRun) {
                award {
                  ...AwardShape
                }
                clawedBack
                shortfall
                shortfallPayer
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment AwardShape on Award {
              id
              purchaseReference
              points
              reversedPoints
              state
              purchasedAt
              recordedAt
              spendableFrom
              expiresOn
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query, operation_name="ReverseAward", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ReverseAward.model_validate(data).reverse_award

    async def enrol_member(
        self, input: EnrolMemberInput, **kwargs: Any
    ) -> EnrolMemberEnrolMember:
        query = gql("""
            mutation EnrolMember($input: EnrolMemberInput!) {
              enrolMember(input: $input) {
                member {
                  ...MemberShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment MemberShape on Member {
              id
              status
              enrolledAt
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="EnrolMember", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return EnrolMember.model_validate(data).enrol_member

    async def block_card(
        self, input: BlockCardInput, **kwargs: Any
    ) -> BlockCardBlockCard:
        query = gql("""
            mutation BlockCard($input: BlockCardInput!) {
              blockCard(input: $input) {
                member {
                  ...MemberShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment MemberShape on Member {
              id
              status
              enrolledAt
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="BlockCard", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return BlockCard.model_validate(data).block_card

    async def replace_card(
        self, input: ReplaceCardInput, **kwargs: Any
    ) -> ReplaceCardReplaceCard:
        query = gql("""
            mutation ReplaceCard($input: ReplaceCardInput!) {
              replaceCard(input: $input) {
                member {
                  ...MemberShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment MemberShape on Member {
              id
              status
              enrolledAt
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query, operation_name="ReplaceCard", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ReplaceCard.model_validate(data).replace_card

    async def close_period(
        self,
        input: ClosePeriodInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> ClosePeriodClosePeriod:
        query = gql("""
            mutation ClosePeriod($input: ClosePeriodInput!, $dryRun: Boolean = false) {
              closePeriod(input: $input, dryRun: $dryRun) {
                period {
                  label
                  state
                }
                statements {
                  ...StatementShape
                }
                alreadyClosed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment MoneyShape on Money {
              amount
              currency
            }

            fragment StatementShape on Statement {
              id
              number
              currency
              hash
              issuedAt
              issued {
                ...MoneyShape
              }
              redeemed {
                ...MoneyShape
              }
              net {
                ...MoneyShape
              }
              payable {
                ...MoneyShape
              }
              partner {
                code
              }
              lines {
                kind
                description
                points
                price
                share
                agreementFrom
                originalPeriod
                promotion
                entries
                amount {
                  ...MoneyShape
                }
              }
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query, operation_name="ClosePeriod", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ClosePeriod.model_validate(data).close_period

    async def change_member_status(
        self, input: ChangeMemberStatusInput, **kwargs: Any
    ) -> ChangeMemberStatusChangeMemberStatus:
        query = gql("""
            mutation ChangeMemberStatus($input: ChangeMemberStatusInput!) {
              changeMemberStatus(input: $input) {
                member {
                  ...MemberShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment MemberShape on Member {
              id
              status
              enrolledAt
            }
            """)
        variables: dict[str, object] = {"input": input}
        response = await self.execute(
            query=query,
            operation_name="ChangeMemberStatus",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return ChangeMemberStatus.model_validate(data).change_member_status

    async def viewer(self, **kwargs: Any) -> ViewerViewer:
        query = gql("""
            query Viewer {
              viewer {
                kind
                scopes
                partner {
                  id
                  code
                  name
                  status
                  currency
                  agreements {
                    validFrom
                    pointsPerUnit
                    issuePrice
                    redeemPrice
                    minimumRedemption
                  }
                }
              }
            }
            """)
        variables: dict[str, object] = {}
        response = await self.execute(
            query=query, operation_name="Viewer", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return Viewer.model_validate(data).viewer

    async def show_programme(self, **kwargs: Any) -> ShowProgrammeProgramme:
        query = gql("""
            query ShowProgramme {
              programme {
                name
                pointName
                pointValue
                currency
                timeZone
              }
            }
            """)
        variables: dict[str, object] = {}
        response = await self.execute(
            query=query, operation_name="ShowProgramme", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ShowProgramme.model_validate(data).programme

    async def find_member(
        self, ref: MemberRef, **kwargs: Any
    ) -> Optional[FindMemberMember]:
        query = gql("""
            query FindMember($ref: MemberRef!) {
              member(ref: $ref) {
                ...MemberShape
              }
            }

            fragment MemberShape on Member {
              id
              status
              enrolledAt
            }
            """)
        variables: dict[str, object] = {"ref": ref}
        response = await self.execute(
            query=query, operation_name="FindMember", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return FindMember.model_validate(data).member

    async def can_spend(
        self, ref: MemberRef, points: Points, **kwargs: Any
    ) -> Optional[CanSpendMember]:
        query = gql("""
            query CanSpend($ref: MemberRef!, $points: Points!) {
              member(ref: $ref) {
                canSpend(points: $points)
              }
            }
            """)
        variables: dict[str, object] = {"ref": ref, "points": points}
        response = await self.execute(
            query=query, operation_name="CanSpend", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CanSpend.model_validate(data).member

    async def estimate_award(
        self,
        purchase: PurchaseInput,
        member: Union[Optional[MemberRef], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> EstimateAwardEstimateAward:
        query = gql("""
            query EstimateAward($purchase: PurchaseInput!, $member: MemberRef) {
              estimateAward(purchase: $purchase, member: $member) {
                points
                spendableFrom
                expiresOn
                explanation {
                  rule
                  points
                }
              }
            }
            """)
        variables: dict[str, object] = {"purchase": purchase, "member": member}
        response = await self.execute(
            query=query, operation_name="EstimateAward", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return EstimateAward.model_validate(data).estimate_award

    async def list_awards(
        self,
        first: Union[Optional[int], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        purchased_from: Union[Optional[DateTime], UnsetType] = UNSET,
        purchased_until: Union[Optional[DateTime], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> ListAwardsAwards:
        query = gql("""
            query ListAwards($first: Int, $after: String, $purchasedFrom: DateTime, $purchasedUntil: DateTime) {
              awards(
                first: $first
                after: $after
                purchasedFrom: $purchasedFrom
                purchasedUntil: $purchasedUntil
              ) {
                nodes {
                  ...AwardShape
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }

            fragment AwardShape on Award {
              id
              purchaseReference
              points
              reversedPoints
              state
              purchasedAt
              recordedAt
              spendableFrom
              expiresOn
            }
            """)
        variables: dict[str, object] = {
            "first": first,
            "after": after,
            "purchasedFrom": purchased_from,
            "purchasedUntil": purchased_until,
        }
        response = await self.execute(
            query=query, operation_name="ListAwards", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ListAwards.model_validate(data).awards

    async def list_redemptions(
        self,
        first: Union[Optional[int], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> ListRedemptionsRedemptions:
        query = gql("""
            query ListRedemptions($first: Int, $after: String) {
              redemptions(first: $first, after: $after) {
                nodes {
                  ...RedemptionShape
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }

            fragment MoneyShape on Money {
              amount
              currency
            }

            fragment RedemptionShape on Redemption {
              id
              points
              refundedPoints
              reference
              redeemedAt
              value {
                ...MoneyShape
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="ListRedemptions", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ListRedemptions.model_validate(data).redemptions

    async def list_statements(
        self,
        first: Union[Optional[int], UnsetType] = UNSET,
        after: Union[Optional[str], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> ListStatementsStatements:
        query = gql("""
            query ListStatements($first: Int, $after: String) {
              statements(first: $first, after: $after) {
                nodes {
                  ...StatementShape
                }
                pageInfo {
                  hasNextPage
                  endCursor
                }
              }
            }

            fragment MoneyShape on Money {
              amount
              currency
            }

            fragment StatementShape on Statement {
              id
              number
              currency
              hash
              issuedAt
              issued {
                ...MoneyShape
              }
              redeemed {
                ...MoneyShape
              }
              net {
                ...MoneyShape
              }
              payable {
                ...MoneyShape
              }
              partner {
                code
              }
              lines {
                kind
                description
                points
                price
                share
                agreementFrom
                originalPeriod
                promotion
                entries
                amount {
                  ...MoneyShape
                }
              }
            }
            """)
        variables: dict[str, object] = {"first": first, "after": after}
        response = await self.execute(
            query=query, operation_name="ListStatements", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ListStatements.model_validate(data).statements

    async def list_flows(self, period: str, **kwargs: Any) -> list[ListFlowsFlows]:
        query = gql("""
            query ListFlows($period: String!) {
              flows(period: $period) {
                points
                issuer {
                  code
                }
                redeemer {
                  code
                }
              }
            }
            """)
        variables: dict[str, object] = {"period": period}
        response = await self.execute(
            query=query, operation_name="ListFlows", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ListFlows.model_validate(data).flows

    async def hold_points(
        self,
        input: HoldPointsInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> HoldPointsHoldPoints:
        query = gql("""
            mutation HoldPoints($input: HoldPointsInput!, $dryRun: Boolean = false) {
              holdPoints(input: $input, dryRun: $dryRun) {
                hold {
                  ...HoldShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment HoldShape on Hold {
              id
              points
              state
              reference
              createdAt
              expiresAt
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query, operation_name="HoldPoints", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return HoldPoints.model_validate(data).hold_points

    async def hold_with_till_token(
        self,
        input: HoldWithTillTokenInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> HoldWithTillTokenHoldWithTillToken:
        query = gql("""
            mutation HoldWithTillToken($input: HoldWithTillTokenInput!, $dryRun: Boolean = false) {
              holdWithTillToken(input: $input, dryRun: $dryRun) {
                hold {
                  ...HoldShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment HoldShape on Hold {
              id
              points
              state
              reference
              createdAt
              expiresAt
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query,
            operation_name="HoldWithTillToken",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return HoldWithTillToken.model_validate(data).hold_with_till_token

    async def capture_hold(
        self,
        input: CaptureHoldInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> CaptureHoldCaptureHold:
        query = gql("""
            mutation CaptureHold($input: CaptureHoldInput!, $dryRun: Boolean = false) {
              captureHold(input: $input, dryRun: $dryRun) {
                redemption {
                  ...RedemptionShape
                }
                hold {
                  ...HoldShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment HoldShape on Hold {
              id
              points
              state
              reference
              createdAt
              expiresAt
            }

            fragment MoneyShape on Money {
              amount
              currency
            }

            fragment RedemptionShape on Redemption {
              id
              points
              refundedPoints
              reference
              redeemedAt
              value {
                ...MoneyShape
              }
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query, operation_name="CaptureHold", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return CaptureHold.model_validate(data).capture_hold

    async def release_hold(
        self,
        input: ReleaseHoldInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> ReleaseHoldReleaseHold:
        query = gql("""
            mutation ReleaseHold($input: ReleaseHoldInput!, $dryRun: Boolean = false) {
              releaseHold(input: $input, dryRun: $dryRun) {
                hold {
                  ...HoldShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment HoldShape on Hold {
              id
              points
              state
              reference
              createdAt
              expiresAt
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query, operation_name="ReleaseHold", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return ReleaseHold.model_validate(data).release_hold

    async def redeem_points(
        self,
        input: RedeemPointsInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> RedeemPointsRedeemPoints:
        query = gql("""
            mutation RedeemPoints($input: RedeemPointsInput!, $dryRun: Boolean = false) {
              redeemPoints(input: $input, dryRun: $dryRun) {
                redemption {
                  ...RedemptionShape
                }
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment MoneyShape on Money {
              amount
              currency
            }

            fragment RedemptionShape on Redemption {
              id
              points
              refundedPoints
              reference
              redeemedAt
              value {
                ...MoneyShape
              }
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query, operation_name="RedeemPoints", variables=variables, **kwargs
        )
        data = self.get_data(response)
        return RedeemPoints.model_validate(data).redeem_points

    async def refund_redemption(
        self,
        input: RefundRedemptionInput,
        dry_run: Union[Optional[bool], UnsetType] = UNSET,
        **kwargs: Any,
    ) -> RefundRedemptionRefundRedemption:
        query = gql("""
            mutation RefundRedemption($input: RefundRedemptionInput!, $dryRun: Boolean = false) {
              refundRedemption(input: $input, dryRun: $dryRun) {
                redemption {
                  ...RedemptionShape
                }
                refunded
                replayed
                userErrors {
                  ...ErrorShape
                }
              }
            }

            fragment ErrorShape on UserError {
              code
              message
              field
            }

            fragment MoneyShape on Money {
              amount
              currency
            }

            fragment RedemptionShape on Redemption {
              id
              points
              refundedPoints
              reference
              redeemedAt
              value {
                ...MoneyShape
              }
            }
            """)
        variables: dict[str, object] = {"input": input, "dryRun": dry_run}
        response = await self.execute(
            query=query,
            operation_name="RefundRedemption",
            variables=variables,
            **kwargs,
        )
        data = self.get_data(response)
        return RefundRedemption.model_validate(data).refund_redemption
