// Whether the clock tells a stranger which e-mail addresses have accounts: a wrong password against an unknown address.
// `node scripts/login-timing.mjs [tries=60]`
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startService } from './service.mjs'

const tries = Number(process.argv[2] ?? 60)
/** What the medians may differ by. */
const TOLERANCE = 0.15
const WARM_UP = 5
/** After so many tries another account is taken, so that what slows guessing down does not come into it. */
const TRIES_PER_ACCOUNT = 5

const dir = await mkdtemp(join(tmpdir(), 'postern-timing-'))
process.on('exit', () => rmSync(dir, { recursive: true, force: true, maxRetries: 10 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

const { url, stop } = await startService({ dir })
const times = { known: [], unknown: [] }
let emails

for (let round = 0; round < WARM_UP + tries; round++) {
  if (round % TRIES_PER_ACCOUNT === 0) emails = await takeAccount()
  const order = round % 2 === 0 ? ['known', 'unknown'] : ['unknown', 'known']
  const answers = {}
  for (const which of order) {
    const { time, ...answer } = await signIn(emails[which])
    answers[which] = answer
    if (round >= WARM_UP) times[which].push(time)
  }
  assert.deepEqual(answers.known, answers.unknown, 'The two answers differ.')
  assert.equal(answers.known.status, 401)
}
await stop()

const medians = { known: median(times.known), unknown: median(times.unknown) }
const ratio = medians.known / medians.unknown
console.log(`wrong password, known address    ${medians.known.toFixed(1)} ms (median of ${tries})`)
console.log(`wrong password, unknown address  ${medians.unknown.toFixed(1)} ms (median of ${tries})`)
console.log(`ratio                            ${ratio.toFixed(3)}; status, headers and body are equal`)
process.exit(Math.max(ratio, 1 / ratio) > 1 + TOLERANCE ? 1 : 0)

/** An address with an account and one without, of one length, both never tried before. */
async function takeAccount() {
  const name = crypto.randomUUID().slice(0, 12)
  const [known, unknown] = [`${name}@k.example.com`, `${name}@u.example.com`]
  const { status } = await post('/users/register', { username: name, email: known, password: 'the right passphrase' })
  assert.equal(status, 201, 'The account could not be made.')
  return { known, unknown }
}

/** One try: how long it took as seen from outside, and everything of the answer that must not differ. */
async function signIn(email) {
  const start = performance.now()
  const answer = await post('/users/login', { email, password: 'the wrong passphrase' })
  const raw = await answer.text()
  const time = performance.now() - start
  const { request_id } = JSON.parse(raw)
  const headers = [...answer.headers].filter(([name]) => name !== 'x-request-id' && name !== 'date')
  return { time, status: answer.status, headers, body: raw.replace(request_id, '') }
}

function post(path, body) {
  return fetch(url + path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  })
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle) - 1]) / 2
}
