/**
 * Sends valid and invalid requests to every operation of the document. No response may be a 5xx, every response must match
 * the document, and every request that the document does not allow must be refused.
 *
 * A run is one generated request, which fast-check shrinks if it fails. To repeat a failure, pass the `seed` and `path`
 * that it prints: `VITE_FUZZ_SEED=… VITE_FUZZ_PATH=… npx vitest run --project d1 test/http/fuzz.test.ts`. Without the
 * path, all earlier requests are repeated too. `VITE_FUZZ_RUNS` sets the number of runs; the project `d1-slow` has ten
 * times those of `d1`.
 */
import { env as bindings } from 'cloudflare:workers'
import * as fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import '../support/hashing.ts'
import { mailTokenFor } from '../support/mail-tokens.ts'
import { mailEnv } from '../support/mailbox.ts'
import { newReport, operator } from '../support/operators.ts'
import { remember, oldTokens, pick, pickItem, type Item, type Person } from '../support/people.ts'
import { anyRequest, operations, TAG, type Plan, type Target } from '../support/plans.ts'
import { requestFaults, read, type Request } from '../support/request.ts'
import { call } from '../support/service.ts'
import { claimsOf } from '../support/tokens.ts'

declare global {
  interface ImportMeta {
    readonly env: Record<string, string | undefined>
  }
}
const { VITE_FUZZ_RUNS, VITE_FUZZ_SEED, VITE_FUZZ_PATH } = import.meta.env
const runs = Number(VITE_FUZZ_RUNS ?? (bindings.PACE === 'slow' ? 5_000 : 500))

/** The minimum share of successful requests: three of five are generated to succeed. */
const LEAST_SHARE = 0.6

/** For each operation, the number of requests and the number of successes. */
const tally = new Map(operations.map(({ operationId }) => [operationId, { sent: 0, granted: 0 }]))

const admin = await operator()
const { id: reportId } = await newReport(admin)

// One log line for each request would hide the result.
vi.spyOn(console, 'info').mockImplementation(() => {})

// A failure is shrunk before it is reported.
const timeout = 300_000 + runs * 100

test('no request causes a 5xx or a response that the document does not allow', { timeout }, async () => {
  await fc.assert(
    fc.asyncProperty(anyRequest, async ({ operationId, plan }) => send(operationId, plan)),
    {
      numRuns: runs,
      // All failed requests are reported: state that the first left behind can make later ones fail.
      verbose: true,
      ...(VITE_FUZZ_SEED && { seed: Number(VITE_FUZZ_SEED) }),
      ...(VITE_FUZZ_PATH && { path: VITE_FUZZ_PATH }),
    },
  )
  if (VITE_FUZZ_PATH) return
  const all = [...tally.values()]
  const granted = all.reduce((sum, one) => sum + one.granted, 0)
  expect(granted / all.reduce((sum, one) => sum + one.sent, 0)).toBeGreaterThan(LEAST_SHARE)
  // With few runs, an operation may have few requests.
  if (runs >= 5_000) expect([...tally].filter(([, one]) => one.granted < 10)).toEqual([])
})

/** The allowed origin. */
const ORIGIN = 'https://app.example'
const withOrigin = { ...mailEnv, ALLOWED_ORIGINS: ORIGIN }

/** The next pages of lists. */
const nextPages = new Map<string, string>()

async function send(operationId: string, plan: Plan): Promise<void> {
  const target = operations.find((one) => one.operationId === operationId)
  if (!target) throw new Error(`no operation ${operationId}`)
  const person = await pick(plan.which)
  const owner = plan.about === 'another' ? await pick(plan.which + 1) : person
  const item = await findItem(target, plan, owner)
  const mailToken = await mailTokenFor(operationId, person)
  const request = write(target, plan, { person, owner, item, mailToken })
  const faults = requestFaults(target, request)
  const isOpenToOthers = isOperators(target) || operationId.startsWith('report')
  if (owner !== person && target.segment && target.method !== 'GET' && !isOpenToOthers) faults.push('it is another’s')

  const { method, url, token, headers, body } = request
  const response = await call(method, url, {
    env: withOrigin,
    headers,
    ...(token !== undefined && { token }),
    ...(body !== undefined && { body }),
  })
  // The token of a mail acts for its account without a session.
  const actor = request.isSignedIn || mailToken !== undefined ? person : undefined
  const affected = isOperators(target) ? owner : actor
  remember({ operationId, response, item, sent: read(body), person: affected })
  const next = /<(.*)>/.exec(response.headers.get('Link') ?? '')?.[1]
  if (next && !next.includes('status=')) nextPages.set(target.path, next)

  const count = tally.get(operationId)
  if (count) count.sent++
  if (count && response.status < 400) count.granted++
  const asked = `${method} ${url} ${JSON.stringify(headers)} ${String(body)}`
  const result = `${asked} -> ${response.status} ${response.text.slice(0, 500)}`
  if (response.status >= 500) throw new Error(`server error: ${result}`)
  if (response.status < 400 && faults.length > 0) throw new Error(`accepted, although ${faults.join(', ')}: ${result}`)
}

/** One operator calls the operator routes, on the accounts that make the other requests. */
const isOperators = ({ path }: Target) => path.startsWith('/operator/')

/** A literal id must not suspend an account that makes other requests. */
const literal = (target: Target, segment: string) =>
  isOperators(target) && /^\d+$/.test(segment) ? `99999${segment.slice(0, 4)}` : segment

/** The item of the request, or undefined if there is none. */
async function findItem({ path }: Target, { about, which }: Plan, owner: Person): Promise<Item | undefined> {
  const contentType = /^(?:\/operator)?(\/(?:posts|recipes))\/\{id\}/.exec(path)?.[1]
  return contentType === undefined || typeof about === 'object' ? undefined : pickItem(owner, contentType, which)
}

/** The request for a plan, with its account and its item. */
function write(
  target: Target,
  plan: Plan,
  {
    person,
    owner,
    item,
    mailToken,
  }: { person: Person; owner: Person; item: Item | undefined; mailToken?: string | undefined },
): Request {
  const { operationId, path } = target
  const token = {
    account: isOperators(target) ? admin.token : person.token,
    anonymous: undefined,
    'signed out': oldTokens.at(-1),
  }[plan.as]
  const segments: Record<string, string> = {
    revokeSession: String(claimsOf(owner.token)['sid']),
    readProfile: encodeURIComponent(owner.username),
    readProblem: 'forbidden',
    updateReport: String(reportId),
  }
  const id = path.startsWith('/operator/users/') ? owner.id : item?.id
  const segment =
    typeof plan.about === 'object' ? literal(target, plan.about.segment) : (segments[operationId] ?? String(id))
  const next = plan.isFollowing ? nextPages.get(path) : undefined
  const query = plan.query.length > 0 ? `?${new URLSearchParams(plan.query).toString()}` : ''
  const body = target.method === 'GET' ? undefined : writeBody(operationId, plan, { ...person, mailToken })
  return {
    method: target.method === 'GET' && plan.isHead ? 'HEAD' : target.method,
    url: next ?? path.replace(/\{\w+\}/, () => segment) + query,
    token,
    isSignedIn: plan.as === 'account' && !plan.headers.some(([name]) => name === 'Authorization'),
    headers: Object.fromEntries([
      ...(body === undefined ? [] : [['Content-Type', 'application/json']]),
      // Without a body, the cookie is used.
      ...(operationId === 'refresh' && body === undefined ? cookieOf(person) : []),
      ...plan.headers.map(([name, value]) => [name, value.replace(TAG, item?.tag ?? '"1"')]),
    ]),
    body,
  }
}

const cookieOf = ({ refreshToken }: Person) => [
  ['Cookie', `__Host-refresh=${refreshToken}`],
  ['Origin', ORIGIN],
]

function writeBody(
  operationId: string,
  { body, which }: Plan,
  person: Person & { mailToken: string | undefined },
): Request['body'] {
  if (body === null) return undefined
  if ('raw' in body) return body.raw
  const { json, isPersonal } = body
  if (!isPersonal || typeof json !== 'object' || json === null || Array.isArray(json)) return JSON.stringify(json)
  const { username, email, password, refreshToken, mailToken } = person
  if (operationId === 'login') {
    const { username: _username, email: _email, ...rest } = json
    return JSON.stringify({ ...rest, ...(which % 2 === 0 ? { username } : { email }), password })
  }
  const known = { current_password: password, refresh_token: refreshToken, ...(mailToken && { token: mailToken }) }
  return JSON.stringify({ ...json, ...Object.fromEntries(Object.entries(known).filter(([name]) => name in json)) })
}
