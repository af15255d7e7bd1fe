// The actions of a simulated user: requests with their expected statuses.
import { setTimeout as sleep } from 'node:timers/promises'
import { PAGE } from './bundle.mjs'
import * as content from './content.mjs'
import { pick, random } from './random.mjs'

/** @typedef {ReturnType<typeof import('./users.mjs').createUser>} User */

const COMMON_DOCS = ['/docs', '/docs/swagger-ui.css', '/docs/swagger.js', '/docs/favicon-32x32.png']
/** The time between two attempts in milliseconds. All attempts together take longer than the period of the rate limit. */
const RETRY_DELAY = 2000
const MAX_ATTEMPTS = 40
const OWN = ['draft', 'scheduled', 'all']

/**
 * The actions by weight: most are reads, and those that hash a password are rare.
 *
 * @type {[weight: number, action: (me: User) => Promise<unknown>][]}
 */
export const ACTIONS = [
  [14, content.readList],
  [6, content.readNextPage],
  [8, content.search],
  [4, (me) => me.ask('list of an author', [200], 'GET', `${pick(content.PATHS)}?author=${me.name}`)],
  [3, (me) => me.ask('list of own items', [200], 'GET', `${pick(content.PATHS)}?status=${pick(OWN)}&limit=100`)],
  [16, content.readSeen],
  [10, content.readOwn],
  [6, content.readUnchanged],
  [4, (me) => me.ask('me', [200], 'GET', '/users/me')],
  [3, (me) => me.ask('profile', [200], 'GET', `/users/${me.name}`, { token: null })],
  [2, (me) => me.ask('sessions', [200], 'GET', '/users/me/sessions')],
  [3, (me) => me.ask('docs', [200], 'GET', pick(COMMON_DOCS), { token: null })],
  [0.5, (me) => me.ask('docs, the bundle', [200], 'GET', '/docs/swagger-ui-bundle.js', { token: null })],
  [2, preflight],
  [2, (me) => me.ask('openapi.json', [200], 'GET', '/openapi.json', { token: null })],
  [2, (me) => me.ask('health', [200], 'GET', '/health', { token: null })],
  [6, (me) => content.write(me, '/posts')],
  [4, (me) => content.write(me, '/recipes')],
  [2, content.writeTwice],
  [5, content.change],
  [1, content.changeStale],
  [3, content.publish],
  [3, content.remove],
  [4, sendInvalid],
  [2, refresh],
  [0.3, refreshTwice],
  [0.5, (me) => me.ask('export', [200], 'GET', '/users/me/export')],
  [0.3, rename],
  [0.3, (me) => guess(me, me.name)],
  // The login throttle soon refuses these attempts without hashing.
  [0.7, (me) => guess(me, `nobody-${random(5)}`)],
  [0.3, signOutAndIn],
  [0.2, signInElsewhere],
]

/**
 * Signs in and keeps the tokens of the response. Retries after 429 until the period of the rate limit has passed.
 *
 * @param {User} me
 * @param {'register' | 'login' | 'refresh'} how
 * @param {{ headers?: Record<string, string>, body?: unknown }} sent
 */
export async function signIn(me, how, sent) {
  const expected = [how === 'register' ? 201 : 200, 429]
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { status, headers, json } = await me.ask(how, expected, 'POST', `/users/${how}`, { token: null, ...sent })
    if (status !== 429) {
      const [cookie] = headers.getSetCookie()
      me.token = json.access_token
      me.renewal = cookie
        ? { headers: { Cookie: cookie.slice(0, cookie.indexOf(';')) } }
        : { body: { refresh_token: json.refresh_token } }
      return
    }
    await sleep(RETRY_DELAY)
  }
  throw new Error(`/users/${how} was refused for too long.`)
}

const credentials = ({ name: username, password, session }) => ({ body: { username, password, session } })

function refresh(me) {
  return signIn(me, 'refresh', me.renewal)
}

/** Refreshes twice with the same token, as two tabs do, or a page after a lost response. */
async function refreshTwice(me) {
  const { renewal } = me
  await signIn(me, 'refresh', renewal)
  await signIn(me, 'refresh', renewal)
}

const guess = (me, username) =>
  me.ask('wrong password', [401, 429], 'POST', '/users/login', { token: null, body: { username, password: 'wrong' } })

async function signOutAndIn(me) {
  await me.ask('logout', [204], 'POST', '/users/logout', { headers: me.renewal.headers })
  await me.ask('revoked token', [401], 'GET', '/users/me')
  await signIn(me, 'login', credentials(me))
}

async function signInElsewhere(me) {
  const { token, renewal } = me
  await signIn(me, 'login', credentials(me))
  Object.assign(me, { token, renewal })
  await me.ask('end sessions', [204], 'DELETE', '/users/me/sessions')
}

async function preflight(me) {
  await me.ask('preflight', [204], 'OPTIONS', '/posts', {
    token: null,
    headers: {
      Origin: PAGE,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization',
    },
  })
}

async function rename(me) {
  me.name = `u${crypto.randomUUID().slice(0, 13)}`
  await me.ask('rename', [200], 'PATCH', '/users/me', { body: { username: me.name } })
  // Items show the author's name, so each has a new entity tag.
  for (const item of me.own) await content.readItem(me, item)
}

/** Sends a request that is refused. */
async function sendInvalid(me) {
  const [status, method, path, options] = pick([
    [400, 'POST', '/posts', { body: '{"title": ' }],
    [400, 'POST', '/users/login', { body: '\ufeff{}' }],
    [401, 'POST', '/posts', { token: null, body: content.compose('/posts') }],
    [401, 'GET', '/users/me', { token: `${me.token}x` }],
    [404, 'GET', '/nowhere'],
    [405, 'PUT', '/posts'],
    [413, 'POST', '/users/register', { body: { username: 'x'.repeat(70_000) } }],
    [415, 'POST', '/posts', { headers: { 'Content-Type': 'text/plain' }, body: 'a post' }],
    [422, 'POST', '/posts', { body: { title: '', body: '\0', colour: 'red' } }],
    [422, 'POST', '/users/register', { body: { username: 'me', email: 'x', password: 'password' } }],
    [422, 'POST', '/users/refresh', { body: {} }],
    [422, 'GET', '/posts?cursor=made-up'],
  ])
  await me.ask('invalid request', [status, ...(path.startsWith('/users/') ? [429] : [])], method, path, options)
}
