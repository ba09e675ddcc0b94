"""What is asked in the tests of this folder."""

LIABILITY = """query ($asOf: DateTime, $rate: Decimal) {
  liability(asOf: $asOf, remainingRate: $rate) { at day outstanding expected rate rateSource
    monthsSeen costPerPoint costSource amount { amount currency } ofPool { amount currency }
    breakage { amount currency }
    issuers { issuer { code } outstanding expected rate amount { amount currency } }
    earnMonths { month issued redeemed ended outstanding expected ultimateRate remainingRate }
  } }"""
COVERAGE = """query ($asOf: DateTime, $rate: Decimal) {
  coverage(asOf: $asOf, remainingRate: $rate) { funds { amount currency }
    fund { amount currency } ratio floor belowFloor
    liability { outstanding amount { amount currency } ofPool { amount currency } rateSource }
  } }"""
REVENUE = """query ($period: String, $rate: Decimal, $asOf: DateTime) {
  revenue(period: $period, ultimateRate: $rate, asOf: $asOf) { label calendar rateSource
    rows { issuer { code } opening { amount currency } issued { amount } onRedemption { amount }
      asBreakage { amount } recognised { amount } givenBack { amount } closing { amount }
      atOnce { amount } } } }"""
FORECAST = """query ($asOf: DateTime) { forecast(asOf: $asOf) { partner { code } calendar periods
  issuedSoFar redeemedSoFar netSoFar { amount currency }
  ahead { label issued { method expected low high } redeemed { method expected low high }
    net { method expected { amount currency } low { amount } high { amount } } } } }"""
