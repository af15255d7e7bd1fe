/** Password hashes of other software: each vector is stored as an import stores it, and tested by a sign-in. */
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, test } from 'vitest'
import { matchLegacyHash, readLegacyHash } from '../../src/accounts/legacy-hash/match.ts'
import { withSuffixKey } from '../../src/accounts/legacy-hash/suffix.ts'
import { connect } from '../../src/store/database.ts'
import { countIterations } from '../support/production-limits.ts'
import { call, env as plain } from '../support/service.ts'
import { isSlow } from '../support/slow-hashes.ts'
import vectors from './password-hashes.json'

const SUFFIX = 'sea*salt'
const env = { ...plain, PASSWORD_SUFFIXES: JSON.stringify({ old: SUFFIX }) }
const db = connect(env)

type Vector = { hash: string; password: string; suffix?: string; why?: string; note?: string }

const shorten = (text: string) => JSON.stringify(text.slice(0, 60))
const named = (list: Vector[]) =>
  list.map((vector, at) => [`${at} ${shorten(vector.hash)} ${vector.why ?? vector.note ?? ''}`, vector] as const)

/** One valid hash exceeds the limit of 64 MiB: an isolate has 128 MiB in total. */
const isTooLarge = ({ hash }: Vector) => hash.includes('m=102400')

const verifiable = vectors.verify.filter((vector) => !isTooLarge(vector) && !isSlow(vector))
const wrong = vectors.wrong.filter((vector) => !isSlow(vector))

let count = 0

/** Stores a user as an import stores it. */
async function imported({ hash, suffix }: Vector): Promise<string> {
  const username = `imported ${++count}`
  const stored = suffix === undefined ? hash : withSuffixKey('old', hash)
  await db.run(sql`insert into users (username, username_normalized, password_hash, created_at, updated_at)
    values (${username}, ${username}, ${stored}, 0, 0)`)
  return username
}

const login = (username: string, password: string) =>
  call('POST', '/users/login', { env, json: { username, password } })

const storedHash = async (username: string) => {
  const [row] = await db.all<{ password_hash: string }>(
    sql`select password_hash from users where username = ${username}`,
  )
  return row?.password_hash ?? ''
}

const { subtle } = crypto
const { deriveBits } = subtle
afterEach(() => void (subtle.deriveBits = deriveBits))

describe('verifies a hash of other software', () => {
  test.each(named(verifiable))('%s', async (_, vector) => {
    const username = await imported(vector)
    const first = await login(username, vector.password)
    expect(first.status).toBe(200)
    expect(first.body.user).toMatchObject({ username, email: null })
    const rehashed = await storedHash(username)
    expect(rehashed).toMatch(/^\$pbkdf2-sha256-chain\$i=100000,c=6/)
    expect((await login(username, vector.password)).status).toBe(200)
    expect(await storedHash(username)).toBe(rehashed)
  })
})

describe('refuses a wrong password', () => {
  test.each(named(wrong))('%s', async (_, vector) => {
    const username = await imported(vector)
    expect((await login(username, vector.password)).body.code).toBe('invalid-credentials')
    expect(await storedHash(username)).toContain(vector.hash)
  })

  test('at no less than the cost of an unknown user, also for a cheap hash', async () => {
    const [vector] = vectors.wrong
    if (!vector) throw new Error('The vector is missing.')
    const username = await imported(vector)
    expect(await countIterations(() => login(username, vector.password))).toBe(600_000)
  })
})

describe('refuses every password for a malformed, unknown or too expensive hash, at no more than the cost of an unknown user', () => {
  // Not every transport can store U+0000. The test below covers hashes that contain it.
  const storable = [...vectors.refuse, ...vectors.others].filter(({ hash }) => !hash.includes('\0'))
  test.each(named([...storable, ...vectors.verify.filter(isTooLarge)]))('%s', async (_, vector) => {
    const username = await imported(vector)
    let response: Awaited<ReturnType<typeof login>> | undefined
    const work = async () => void (response = await login(username, vector.password))
    expect(await countIterations(work)).toBeLessThanOrEqual(600_000)
    expect(response?.body.code).toBe('invalid-credentials')
  })
})

test('reading a refused hash returns a reason and derives nothing', () => {
  const accepted = [...vectors.refuse, ...vectors.others].filter(({ hash }) => typeof readLegacyHash(hash) !== 'string')
  expect(accepted).toEqual([])
  expect(readLegacyHash('pbkdf2:sha256$salt$00')).toContain('number of iterations is missing')
  expect(readLegacyHash('$2b$15$aaaaaaaaaaaaaaaaaaaaaubbbbbbbbbbbbbbbbbbbbbbbbbbbbbbe')).toContain('4 to 14')
  expect(readLegacyHash(`pbkdf2:sha256:2000001$salt$${'0'.repeat(64)}`)).toContain('1 to 2000000')
  expect(readLegacyHash(`scrypt:131072:16:1$salt$${'0'.repeat(128)}`)).toContain('1048576')
  expect(readLegacyHash(`$argon2id$v=19$m=65536,t=5,p=1$${'A'.repeat(22)}$${'A'.repeat(43)}`)).toContain('work')
})

test('accepts hashes at the limits', () => {
  expect(typeof readLegacyHash('$2b$14$aaaaaaaaaaaaaaaaaaaaaubbbbbbbbbbbbbbbbbbbbbbbbbbbbbbe')).toBe('function')
  expect(typeof readLegacyHash(`pbkdf2:sha256:2000000$salt$${'0'.repeat(64)}`)).toBe('function')
  expect(typeof readLegacyHash(`scrypt:131072:8:1$salt$${'0'.repeat(128)}`)).toBe('function')
  expect(typeof readLegacyHash(`$argon2id$v=19$m=65536,t=4,p=4$${'A'.repeat(22)}$${'A'.repeat(43)}`)).toBe('function')
})

const longBcrypt = vectors.verify.find(({ note }) => note?.startsWith('73 bytes'))

test('a bcrypt hash of a longer password is replaced by a hash of 72 bytes with `b=72`', async () => {
  if (!longBcrypt) throw new Error('The vector is missing.')
  const username = await imported(longBcrypt)
  expect((await login(username, longBcrypt.password)).status).toBe(200)
  expect(await storedHash(username)).toContain(',b=72')
  // bcrypt ignored the rest, so another rest is still accepted. Another beginning is not.
  expect((await login(username, `${longBcrypt.password.slice(0, 72)}X`)).status).toBe(200)
  expect((await login(username, longBcrypt.password.slice(0, 71))).status).toBe(401)
  // With a pepper the hash is replaced, and is still of 72 bytes.
  const peppered = { ...env, PASSWORD_PEPPER: 'black' }
  const json = { username, password: longBcrypt.password }
  expect((await call('POST', '/users/login', { env: peppered, json })).status).toBe(200)
  expect(await storedHash(username)).toContain(',b=72,p=1')
})

test('the hash of a new password includes all of its bytes', async () => {
  if (!longBcrypt) throw new Error('The vector is missing.')
  const username = await imported(longBcrypt)
  const { body } = await login(username, longBcrypt.password)
  const next = `${'a long new password '.repeat(5)}end`
  const json = { current_password: longBcrypt.password, new_password: next }
  expect((await call('PUT', '/users/me/password', { env, token: body.access_token, json })).status).toBe(204)
  expect(await storedHash(username)).not.toContain(',b=72')
  expect((await login(username, `${next.slice(0, -3)}END`)).status).toBe(401)
})

test('an unknown suffix key is a wrong password, not a failure', async () => {
  const vector = vectors.verify.find(({ suffix }) => suffix !== undefined)
  if (!vector) throw new Error('The vector is missing.')
  const username = await imported(vector)
  const json = { username, password: vector.password }
  expect((await call('POST', '/users/login', { env: plain, json })).body.code).toBe('invalid-credentials')
  expect((await call('POST', '/users/login', { env, json })).status).toBe(200)
})

test('a password that was hashed in decomposed form is accepted in both forms after the rehash', async () => {
  const vector = vectors.verify.find(({ note }) => note?.includes('NFD'))
  if (!vector) throw new Error('The vector is missing.')
  expect(vector.password.normalize('NFC')).not.toBe(vector.password)
  const username = await imported(vector)
  expect((await login(username, vector.password)).status).toBe(200)
  expect((await login(username, vector.password.normalize('NFC'))).status).toBe(200)
})

test('a hash of composed text matches a password typed in decomposed form', async () => {
  const hash = '$2a$06$wPxKNpdO1sbRKqsqq12B/OhcENDpyQM.V4/7bKjElAJLgiNYR446W'
  expect(await matchLegacyHash('동해물과백두산이'.normalize('NFD'), hash, '')).toEqual({ truncated: undefined })
})
