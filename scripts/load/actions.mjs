// The things that people do, each as requests with the answers that they have to get.
import { setTimeout as sleep } from 'node:timers/promises'
import { PAGE } from './bundle.mjs'
import * as content from './content.mjs'
import { pick, random } from './random.mjs'

/** @typedef {ReturnType<typeof import('./users.mjs').beginLife>} Me */

const COMMON_DOCS = ['/docs', '/docs/swagger-ui.css', '/docs/start.js', '/docs/favicon-32x32.png']
/** Milliseconds between two tries, which together are longer than the flood guard's minute. */
const SLOWED = 2000
const MOST_TRIES = 40
const OWN = ['draft', 'scheduled', 'all']

/**
 * What is done, and how often of all: reads far outweigh writes, and what costs a hash is rare.
 *
 * @type {[weight: number, action: (me: Me) => Promise<unknown>][]}
 */
export const DEEDS = [
  [14, content.readList],
  [6, content.readNextPage],
  [8, content.search],
  [4, (me) => me.ask('list of an author', [200], 'GET', `${pick(content.KINDS)}?author=${me.name}`)],
  [3, (me) => me.ask('list of one’s own', [200], 'GET', `${pick(content.KINDS)}?status=${pick(OWN)}&limit=100`)],
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
  [4, sendNonsense],
  [2, refresh],
  [0.3, refreshTwice],
  [0.5, (me) => me.ask('export', [200], 'GET', '/users/me/export')],
  [0.3, rename],
  [0.3, (me) => guess(me, me.name)],
  // These soon have to wait, and then cost no hash.
  [0.7, (me) => guess(me, `nobody-${random(5)}`)],
  [0.3, signOutAndIn],
  [0.2, signInElsewhere],
]

/**
 * Makes the tokens of an answer one's own. Where it is to be slower, it is; after a period of the flood guard it may.
 *
 * @param {Me} me
 * @param {'register' | 'login' | 'refresh'} how
 * @param {{ headers?: Record<string, string>, body?: unknown }} sent
 */
export async function signIn(me, how, sent) {
  const expected = [how === 'register' ? 201 : 200, 429]
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const { status, headers, json } = await me.ask(how, expected, 'POST', `/users/${how}`, { token: null, ...sent })
    if (status !== 429) {
      const [cookie] = headers.getSetCookie()
      me.token = json.access_token
      me.renewal = cookie
        ? { headers: { Cookie: cookie.slice(0, cookie.indexOf(';')) } }
        : { body: { refresh_token: json.refresh_token } }
      return
    }
    await sleep(SLOWED)
  }
  throw new Error(`/users/${how} was refused for too long.`)
}

const credentials = ({ name: username, password, session }) => ({ body: { username, password, session } })

function refresh(me) {
  return signIn(me, 'refresh', me.renewal)
}

/** As two tabs do, or a page whose answer was lost: both get the same. */
async function refreshTwice(me) {
  const { renewal } = me
  await signIn(me, 'refresh', renewal)
  await signIn(me, 'refresh', renewal)
}

const guess = (me, username) =>
  me.ask('wrong password', [401, 429], 'POST', '/users/login', { token: null, body: { username, password: 'wrong' } })

async function signOutAndIn(me) {
  await me.ask('logout', [204], 'POST', '/users/logout', { headers: me.renewal.headers })
  await me.ask('token of the past', [401], 'GET', '/users/me')
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
  // The author's name is shown with what they wrote, so all of it has new tags.
  for (const item of me.own) await content.readItem(me, item)
}

/** One of the ways to be refused. */
async function sendNonsense(me) {
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
  await me.ask('nonsense', [status, ...(path.startsWith('/users/') ? [429] : [])], method, path, options)
}
