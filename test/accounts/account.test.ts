import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { deriveInline } from '../../src/accounts/key-derivation.ts'
import { hashPassword } from '../../src/accounts/password.ts'
import { connect } from '../../src/store/database.ts'
import { users } from '../../src/store/schema.ts'
import '../support/hashing.ts'
import { countIterations } from '../support/production-limits.ts'
import { countRows } from '../support/rows.ts'
import { account, call, env, PASSWORD } from '../support/service.ts'

const db = connect(env)
const good = { username: '홍길동', email: 'hong@example.com', password: PASSWORD }
const register = (json: unknown) => call('POST', '/users/register', { json })
const login = (json: unknown, given = env) => call('POST', '/users/login', { json, env: given })

test('registration creates an account and signs in', async () => {
  const { status, headers, body } = await register(good)
  expect(status).toBe(201)
  expect(headers.get('Cache-Control')).toBe('no-store')
  expect(body).toMatchObject({
    token_type: 'Bearer',
    expires_in: 900,
    user: { username: '홍길동', email: 'hong@example.com' },
  })
  expect((await call('GET', '/users/me', { token: body.access_token })).body).toEqual(body.user)
})

test('registration without mail requests no mail', async () => {
  const before = await countRows()
  await account()
  expect(await countRows()).toMatchObject({
    users: (before['users'] ?? 0) + 1,
    outbox: before['outbox'],
    mail_days: before['mail_days'],
  })
})

test('signs in by e-mail address and by username, in any case and normalization form', async () => {
  const name = `café-${crypto.randomUUID()}`
  expect((await register({ username: name, email: `${name}@example.com`, password: 'pâté de campagne' })).status).toBe(
    201,
  )
  const forms = [name, name.toUpperCase(), name.normalize('NFD'), name.normalize('NFD').toUpperCase()]
  for (const by of forms.flatMap((form) => [{ username: form }, { email: `${form}@EXAMPLE.com` }])) {
    const { status, body } = await login({ ...by, password: 'pâté de campagne'.normalize('NFD') })
    expect(status).toBe(200)
    expect(body.user).toMatchObject({ username: name, email: `${name}@example.com` })
  }
})

test.each([0, 1])(
  'an address signs in to its account, also if it is the imported username of account %i',
  async (at) => {
    const both = [await account(), await account()] as const
    const [imported, owner] = at === 0 ? both : both.toReversed()
    const name = { username: owner.email, username_normalized: owner.email }
    await db.update(users).set(name).where(eq(users.id, imported.id))
    for (const by of [{ username: owner.email }, { email: owner.email }])
      expect(await login({ ...by, password: PASSWORD })).toMatchObject({
        status: 200,
        body: { user: { id: owner.id } },
      })
  },
)

test('refuses a taken username or address in any case and normalization form, and writes no row', async () => {
  const { username, email } = await account()
  const taken = await account()
  const rows = await countRows()
  const other = () => `other-${crypto.randomUUID()}`

  const byName = await register({
    username: username.toUpperCase(),
    email: `${other()}@example.com`,
    password: PASSWORD,
  })
  expect(byName.status).toBe(409)
  expect(byName.body).toMatchObject({ type: '/problems/username-taken', errors: [{ pointer: '#/username' }] })

  const byEmail = await register({ username: other(), email: email.toUpperCase(), password: PASSWORD })
  expect(byEmail.status).toBe(409)
  expect(byEmail.body).toMatchObject({ type: '/problems/email-taken', errors: [{ pointer: '#/email' }] })

  const byBoth = await register({ username, email: taken.email, password: PASSWORD })
  expect(byBoth.body.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(['#/username', '#/email'])
  expect(await countRows()).toEqual(rows)
})

test.each([
  ['composed and decomposed', 'é', 'e\u0301'],
  ['full width', 'hong', 'ｈｏｎｇ'],
  ['sharp s', 'straße', 'STRASSE'],
  ['capital sharp s', 'stra\u1e9ee', 'straße'],
  ['final sigma', 'ΛΌΓΟΣ', 'λόγοσ'],
  ['ligature', 'ﬁn', 'FIN'],
  ['Hangul jamo', '각', '\u1100\u1161\u11a8'],
])('two spellings are the same username: %s', async (_, one, two) => {
  const suffix = crypto.randomUUID()
  const json = (name: string) => ({
    username: `${name}-${suffix}`,
    email: `${crypto.randomUUID()}@example.com`,
    password: PASSWORD,
  })
  expect((await register(json(one))).status).toBe(201)
  expect((await register(json(two))).body.type).toBe('/problems/username-taken')
})

test.each<[string, Record<string, unknown>, string[]]>([
  ['a bad address', { email: 'hong' }, ['#/email']],
  ['an address without a dot in its domain', { email: 'hong@localhost' }, ['#/email']],
  ['an address with a space', { email: 'ho ng@example.com' }, ['#/email']],
  ['two addresses', { email: 'a@example.com,b@example.com' }, ['#/email']],
  ['an address with a line break', { email: 'a@example.com\r\nBcc: b@example.com' }, ['#/email']],
  ['a long address', { email: `${'a'.repeat(250)}@example.com` }, ['#/email']],
  ['7 characters', { password: '개구리올챙이적' }, ['#/password']],
  ['257 characters', { password: '𝒳'.repeat(257) }, ['#/password']],
  ['a common password', { password: 'Password1' }, ['#/password']],
  ['a password that equals the username', { username: 'gildong.hong', password: 'GILDONG.hong' }, ['#/password']],
  [
    'a password that equals the address',
    { email: 'gildong@example.com', password: 'gildong@example.com' },
    ['#/password'],
  ],
  ['a lone surrogate in the password', { password: 'correct \ud83d horse' }, ['#/password']],
  ['a lone surrogate in the username', { username: 'hong\udc00' }, ['#/username']],
  ['U+0000 in the password', { password: 'correct\0horse' }, ['#/password']],
  ['a space in the username', { username: 'gildong hong' }, ['#/username']],
  ['a username that looks like an address', { username: 'hong@example.com' }, ['#/username']],
  ['a username that is a path', { username: 'Me' }, ['#/username']],
  ['a username with a right-to-left override', { username: 'hong\u202e' }, ['#/username']],
  ['an empty username', { username: '' }, ['#/username']],
  ['an extra field', { admin: true }, ['#/admin']],
  ['wrong types', { username: 1, email: [], password: {} }, ['#/email', '#/password', '#/username']],
  ['nothing', { username: undefined, email: undefined, password: undefined }, ['#/email', '#/password', '#/username']],
  [
    'every fault at once',
    { username: 'a b', email: 'a b', password: 'a b', more: 1 },
    ['#/email', '#/more', '#/password', '#/username'],
  ],
])('refuses a registration with every fault, and writes no row: %s', async (_, fault, pointers) => {
  const rows = await countRows()
  const { status, body } = await register({ ...good, ...fault })
  expect(status).toBe(422)
  expect(body.type).toBe('/problems/invalid-input')
  expect([...new Set(body.errors.map(({ pointer }: { pointer: string }) => pointer))].toSorted()).toEqual(pointers)
  expect(await countRows()).toEqual(rows)
})

test.each([
  ['8 code points outside the basic plane', '𝒳𝒴𝒵𝒜ℬ𝒞𝒟𝓔'],
  ['256 characters', 'ab'.repeat(128)],
  ['spaces', 'a  b  c  '],
  ['emoji', '🐸🐸🐸🐸🐸🐸🐸🐸'],
])('accepts only the exact password: %s', async (_, password) => {
  const { email } = await account({ password })
  expect((await login({ email, password })).status).toBe(200)
  expect((await login({ email, password: `${password} ` })).status).toBe(401)
  expect((await login({ email, password: password.slice(2) })).status).toBe(401)
})

test('an unknown user and a wrong password have the same response and cost', async () => {
  const { email, username } = await account()
  const tries = [
    { email, password: 'not the password' },
    { username, password: 'not the password' },
    { email: 'nobody@example.com', password: PASSWORD },
    { username: 'nobody', password: PASSWORD },
    { username: 'not even a name', password: 'x' },
  ]
  const responses: Awaited<ReturnType<typeof login>>[] = []
  for (const json of tries) {
    const iterations = await countIterations(async () => responses.push(await login(json)))
    expect(iterations).toBe(600_000)
  }
  const shown = responses.map(({ status, headers, body }) => ({
    status,
    body: { ...body, request_id: null },
    headers: [...headers].filter(([name]) => name !== 'x-request-id'),
  }))
  expect(new Set(shown.map((response) => JSON.stringify(response))).size).toBe(1)
  expect(shown[0]).toMatchObject({ status: 401, body: { type: '/problems/invalid-credentials' } })
})

test.each([
  ['neither', { password: PASSWORD }],
  ['both', { email: 'a@example.com', username: 'a', password: PASSWORD }],
])('sign-in requires exactly one of e-mail address and username: %s', async (_, json) => {
  const { status, body } = await login(json)
  expect(status).toBe(422)
  expect(body.errors).toEqual([{ pointer: '#', detail: 'Exactly one of `email` or `username` is required.' }])
})

test.each([
  '',
  '$pbkdf2-sha256-chain$i=2147483648,c=6$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$pbkdf2-sha256-chain$i=100000,c=1000000$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA',
  '$pbkdf2-sha256-chain$i=1000,c=6$!$!',
  '$unknown$x$y$z',
  // A legacy hash that does not begin with its prefix.
  '$unknown$2b$04$aaaaaaaaaaaaaaaaaaaaaubbbbbbbbbbbbbbbbbbbbbbbbbbbbbbe',
])('refuses every password for a hostile stored hash: %s', async (password_hash) => {
  const { id, email } = await account()
  await db.update(users).set({ password_hash }).where(eq(users.id, id))
  let response
  expect(await countIterations(async () => (response = await login({ email, password: PASSWORD })))).toBe(0)
  expect(response).toMatchObject({ status: 401, body: { type: '/problems/invalid-credentials' } })
})

const storedHash = async (id: number) =>
  (await db.select({ password_hash: users.password_hash }).from(users).where(eq(users.id, id)))[0]?.password_hash

test('sign-in replaces an outdated hash, and the password stays valid', async () => {
  const { id, email } = await account()
  const before = await storedHash(id)
  const peppered = { ...env, PASSWORD_PEPPER: 'a pinch of pepper' }
  expect((await login({ email, password: PASSWORD }, peppered)).status).toBe(200)
  const after = await storedHash(id)
  expect(after).toContain('$i=100000,c=6,p=1$')
  expect(after).not.toBe(before)

  expect((await login({ email, password: PASSWORD }, peppered)).status).toBe(200)
  expect(await storedHash(id)).toBe(after)
  // Without the pepper it cannot be verified. The response is the same.
  expect((await login({ email, password: PASSWORD })).status).toBe(401)
})

test('a wrong password does not replace the hash', async () => {
  const { id, email } = await account()
  const before = await storedHash(id)
  expect((await login({ email, password: 'not it' }, { ...env, PASSWORD_PEPPER: 'pepper' })).status).toBe(401)
  expect(await storedHash(id)).toBe(before)
})

test('the stored hash has 600,000 iterations', async () => {
  const { id } = await account()
  expect(await storedHash(id)).toMatch(/^\$pbkdf2-sha256-chain\$i=100000,c=6\$/)
  expect(await hashPassword(PASSWORD, { config: { pepper: undefined }, derive: deriveInline })).toMatch(
    /^\$pbkdf2-sha256-chain\$i=100000,c=6\$/,
  )
})

test('two concurrent registrations of one username create one account', async () => {
  const name = crypto.randomUUID()
  const json = (n: number) => ({
    username: n % 2 ? name : name.toUpperCase(),
    email: `${n}-${name}@example.com`,
    password: PASSWORD,
  })
  const responses = await Promise.all([1, 2, 3, 4].map((n) => register(json(n))))
  expect(responses.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409])
})

/** Twenty pairs of spellings of the same name. */
const SPELLINGS: [string, string][] = [
  ['hong', 'HONG'],
  ['Hong', 'hONG'],
  ['é', 'e\u0301'],
  ['É', 'e\u0301'],
  ['ñ', 'N\u0303'],
  ['å', '\u212b'],
  ['ö', 'O\u0308'],
  ['각', '\u1100\u1161\u11a8'],
  ['한글', '한글'.normalize('NFD')],
  ['が', 'か\u3099'],
  ['ｈｏｎｇ', 'hong'],
  ['ｶﾞ', 'ガ'],
  ['straße', 'STRASSE'],
  ['stra\u1e9ee', 'strasse'],
  ['ΛΌΓΟΣ', 'λόγος'],
  ['λόγοσ', 'λόγος'],
  ['ﬁn', 'FIN'],
  ['ǆ', 'Ǆ'],
  ['\u212a', 'k'],
  ['ПРИВЕТ', 'привет'],
]

test.each(['username', 'email'] as const)(
  'two concurrent registrations of one %s in different spellings create one account',
  async (field) => {
    const before = await countRows()
    for (const [n, pair] of SPELLINGS.entries()) {
      const suffix = crypto.randomUUID()
      const json = (spelling: string) => {
        const other = crypto.randomUUID()
        const names = { username: other, email: `${other}@example.com` }
        return {
          ...names,
          [field]: field === 'email' ? `${spelling}${n}@${suffix}.example` : `${spelling}${n}-${suffix}`,
          password: PASSWORD,
        }
      }
      const responses = await Promise.all(pair.map((spelling) => register(json(spelling))))
      expect([pair, responses.map(({ status }) => status).toSorted()]).toEqual([pair, [201, 409]])
    }
    expect(await countRows()).toMatchObject({ users: (before.users ?? 0) + 20, sessions: (before.sessions ?? 0) + 20 })
  },
)
