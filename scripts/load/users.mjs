// Simulated users: each registers an account, performs random actions, deletes it, and starts again.
import { setTimeout as sleep } from 'node:timers/promises'
import { ACTIONS, signIn } from './actions.mjs'
import { PAGE } from './bundle.mjs'
import { pick, random } from './random.mjs'
import { UnexpectedStatus } from './tally.mjs'

/** The number of actions of an account. */
const ACTIONS_PER_ACCOUNT = { min: 300, max: 600 }
/** The delay after an unexpected response in milliseconds. */
const ERROR_DELAY = 1000

const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0)

/**
 * One simulated user, with its own address for the rate limit. After an unexpected response it starts with a new account.
 *
 * @typedef {ReturnType<typeof import('./tally.mjs').startTally>['send']} Send
 * @param {{ send: Send, number: number, until: number }} options
 */
export async function simulateUser({ send, number, until }) {
  const address = `192.0.2.${number + 1}`
  while (performance.now() < until) {
    try {
      await useAccount(createUser(send, address), until)
    } catch (error) {
      if (!(error instanceof UnexpectedStatus)) throw error
      await sleep(ERROR_DELAY)
    }
  }
}

/**
 * The state of an account, and `ask`, which sends a request with its token, or without one if `token` is null.
 *
 * @param {Send} send
 * @param {string} address
 */
export function createUser(send, address) {
  const me = {
    name: `u${crypto.randomUUID().slice(0, 13)}`,
    password: crypto.randomUUID(),
    /** @type {string | null} */
    token: null,
    /** Where the refresh token is. @type {'token' | 'cookie'} */
    session: pick(['token', 'cookie']),
    /** The headers or the body of the next refresh. @type {{ headers?: Record<string, string>, body?: { refresh_token: string } }} */
    renewal: {},
    /** The items of the account. @type {{ path: string, tag: string }[]} */
    own: [],
    /** The paths of the items in the last list. @type {string[]} */
    seen: [],
    /** The next page of the last list. @type {{ path: string, cursor: string } | null} */
    next: null,
    ask,
  }
  /**
   * @param {string} requestType
   * @param {number[]} expected
   * @param {string} method
   * @param {string} path
   * @param {{ token?: string | null, headers?: Record<string, string>, body?: unknown }} options a string body is sent unchanged
   */
  async function ask(requestType, expected, method, path, { token = me.token, headers = {}, body } = {}) {
    const response = await send(requestType, expected, path, {
      method,
      headers: {
        'CF-Connecting-IP': address,
        ...(me.session === 'cookie' && { Origin: PAGE }),
        ...(token && { Authorization: `Bearer ${token}` }),
        ...(body !== undefined && { 'Content-Type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const isJson = response.headers.get('Content-Type')?.startsWith('application/json') && path !== '/openapi.json'
    return { ...response, json: isJson ? JSON.parse(response.text) : null }
  }
  return me
}

async function useAccount(me, until) {
  const { name: username, password, session } = me
  await signIn(me, 'register', { body: { username, email: `${username}@example.com`, password, session } })
  const actions = ACTIONS_PER_ACCOUNT.min + random(ACTIONS_PER_ACCOUNT.max - ACTIONS_PER_ACCOUNT.min)
  for (let n = 0; n < actions && performance.now() < until; n++) await choose()(me)
  await me.ask('delete account', [204], 'POST', '/users/me/delete', { body: { current_password: password } })
  await me.ask('revoked token', [401], 'GET', '/users/me')
}

/** A random action, by weight. */
function choose() {
  let left = Math.random() * TOTAL
  for (const [weight, action] of ACTIONS) if ((left -= weight) < 0) return action
  throw new Error('The weights of the actions do not add up.')
}
