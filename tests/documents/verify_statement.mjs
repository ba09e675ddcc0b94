// Written from docs/proof.md alone, with nothing of ours: node verify_statement.mjs FILE LINES KEYS
import { createHash, createPublicKey, verify } from 'node:crypto'
import { readFileSync } from 'node:fs'

const [file, lines, keys] = process.argv.slice(2).map(name => readFileSync(name))
const found = []
const check = (holds, message) => holds || found.push(message)

// RFC 8785 for what a statement holds: JavaScript sorts and spells as the standard says.
const canonical = value =>
  Array.isArray(value) ? `[${value.map(canonical).join(',')}]`
  : value && typeof value === 'object'
    ? `{${Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
    : JSON.stringify(value)
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest('hex')
const without = ({ sha256: _, ...rest }) => canonical(rest)

const { statement, signature } = JSON.parse(file)
check(canonical({ statement, signature }) === file.toString(), 'file: spelled otherwise')
const [header, , value] = signature.split('.')
const { kid, alg } = JSON.parse(Buffer.from(header, 'base64url'))
const jwk = JSON.parse(keys).keys.find(key => key.kid === kid)
const signed = `${header}.${Buffer.from(canonical(statement)).toString('base64url')}`
check(alg === 'ES256' && verify('sha256', Buffer.from(signed),
  { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' },
  Buffer.from(value, 'base64url')), 'signature')

const minor = amount => BigInt(amount.replace('.', ''))
const total = {}
const totalOf = { FEE: 'fees', REDEMPTION: 'redeemed', REDEMPTION_REVERSAL: 'redeemed',
  BREAKAGE_SHARE: 'breakage', ADJUSTMENT: 'adjusted', PREPAID: 'prepaid' }
for (const line of statement.lines) {
  check(sha256(without(line)) === line.sha256, `line ${line.line}: altered`)
  const name = totalOf[line.kind] ?? 'issued'
  total[name] = (total[name] ?? 0n) + minor(line.amount)
}
for (const name of ['issued', 'fees', 'redeemed', 'breakage', 'adjusted', 'prepaid'])
  check((total[name] ?? 0n) === minor(statement.totals[name]), `totals: ${name}`)

const { balance, points, stores, totals } = statement
check(minor(balance.after) === minor(balance.before) + minor(totals.payable), 'balance')
if (points) {
  const roll = Object.fromEntries(Object.entries(points).map(([name, value]) => [name, BigInt(value)]))
  check(roll.closing === roll.opening + roll.opened + roll.issued + roll.refunded - roll.returned - roll.redeemed
    - roll.expired - roll.repaid, 'points')
}
const text = lines.toString().split('\n').slice(0, -1).map(row => JSON.parse(row))
check(text[0].statement === statement.number, 'line file: of another statement')
check(text.at(-1).rows === text.length - 2, 'line file: cut off')
check(sha256(lines) === statement.lineFile.sha256, 'line file: another one')
const behind = {}
for (const row of text.slice(1, -1)) {
  const line = behind[row.line] ??= { rows: 0, points: 0n, amount: 0n, sha256: '' }
  line.rows += 1
  check(sha256(Buffer.from(line.sha256, 'hex'), without(row)) === row.sha256, `line ${row.line}, row ${row.row}: altered`)
  line.sha256 = row.sha256
  line.points += BigInt(row.points)
  line.amount += minor(row.amount)
  const store = stores.find(one => one.line === row.line && one.store === row.store)
  if (store) store.left = (store.left ?? minor(store.amount)) - minor(row.amount)
}
check(stores.every(store => store.left === 0n), 'stores')
for (const line of statement.lines) {
  const sum = behind[line.line] ?? { rows: 0, sha256: '' }
  check(sum.rows === line.details.rows && sum.sha256 === line.details.sha256, `line ${line.line}: other rows`)
  if (sum.rows) check(sum.points === BigInt(line.details.points) && sum.amount === minor(line.amount), `line ${line.line}: sums`)
}
console.log(JSON.stringify(found))
process.exitCode = found.length ? 1 : 0
