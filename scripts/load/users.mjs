// What people do with the service: each lives one account after the other, from its registration to its end.
import { setTimeout as sleep } from 'node:timers/promises'
import { DEEDS, signIn } from './actions.mjs'
import { PAGE } from './bundle.mjs'
import { pick, random } from './random.mjs'
import { Surprise } from './tally.mjs'

/** How many things one account does in its life. */
const LIFE = { least: 300, most: 600 }
/** In milliseconds. */
const AFTER_SURPRISE = 1000

const TOTAL = DEEDS.reduce((sum, [weight]) => sum + weight, 0)

/**
 * One of the people. Each has an address, which the flood guard counts by; after a surprise they begin anew.
 *
 * @typedef {ReturnType<typeof import('./tally.mjs').startTally>['send']} Send
 * @param {{ send: Send, number: number, until: number }} options
 */
export async function live({ send, number, until }) {
  const address = `192.0.2.${number + 1}`
  while (performance.now() < until) {
    try {
      await liveOnce(beginLife(send, address), until)
    } catch (error) {
      if (!(error instanceof Surprise)) throw error
      await sleep(AFTER_SURPRISE)
    }
  }
}

/**
 * An account's state, and `ask`: sends a request as its owner, or as nobody with the token null.
 *
 * @param {Send} send
 * @param {string} address
 */
export function beginLife(send, address) {
  const me = {
    name: `u${crypto.randomUUID().slice(0, 13)}`,
    password: crypto.randomUUID(),
    /** @type {string | null} */
    token: null,
    /** Every other is a page, whose refresh token is in a cookie. @type {'token' | 'cookie'} */
    session: pick(['token', 'cookie']),
    /** What the next refresh is sent with. @type {{ headers?: Record<string, string>, body?: { refresh_token: string } }} */
    renewal: {},
    /** What it wrote and did not delete. @type {{ path: string, tag: string }[]} */
    own: [],
    /** What the last list showed: paths. @type {string[]} */
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
   * @param {{ token?: string | null, headers?: Record<string, string>, body?: unknown }} options a string is sent as it is
   */
  async function ask(requestType, expected, method, path, { token = me.token, headers = {}, body } = {}) {
    const answer = await send(requestType, expected, path, {
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
    const isJson = answer.headers.get('Content-Type')?.startsWith('application/json') && path !== '/openapi.json'
    return { ...answer, json: isJson ? JSON.parse(answer.text) : null }
  }
  return me
}

async function liveOnce(me, until) {
  const { name: username, password, session } = me
  await signIn(me, 'register', { body: { username, email: `${username}@example.com`, password, session } })
  const actions = LIFE.least + random(LIFE.most - LIFE.least)
  for (let n = 0; n < actions && performance.now() < until; n++) await choose()(me)
  await me.ask('delete account', [204], 'POST', '/users/me/delete', { body: { current_password: password } })
  await me.ask('token of the past', [401], 'GET', '/users/me')
}

/** One of the actions, each as often as its weight says. */
function choose() {
  let left = Math.random() * TOTAL
  for (const [weight, action] of DEEDS) if ((left -= weight) < 0) return action
  throw new Error('The weights of the actions do not add up.')
}
