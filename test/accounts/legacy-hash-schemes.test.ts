/** One cheap hash of each legacy scheme. `legacy-hash.slow.test.ts` tests all vectors. */
import { sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { connect } from '../../src/store/database.ts'
import { countIterations } from '../support/production-limits.ts'
import { call, env } from '../support/service.ts'
import vectors from './password-hashes.json'

const db = connect(env)

test.each([
  ['bcrypt', '$2b$04$'],
  ['PBKDF2 of passlib', '$pbkdf2-sha256$1000$'],
  ['PBKDF2 of Django', 'pbkdf2_sha256$1000$'],
  ['PBKDF2 of Werkzeug', 'pbkdf2:sha256:5000$'],
  ['scrypt', 'scrypt:1024:'],
  ['Argon2id', '$argon2id$v=19$m=256,'],
])('%s: the correct password signs in and replaces the hash, and a wrong one does neither', async (scheme, prefix) => {
  const vector = vectors.verify.find((one) => one.hash.startsWith(prefix) && !('suffix' in one))
  if (!vector) throw new Error(`No hash starts with ${prefix}.`)
  await db.run(sql`insert into users (username, username_normalized, password_hash, created_at, updated_at)
    values (${scheme}, ${scheme.toLowerCase()}, ${vector.hash}, 0, 0)`)
  const stored = async () =>
    (await db.all<{ hash: string }>(sql`select password_hash as hash from users where username = ${scheme}`))[0]?.hash
  const login = (password: string) => call('POST', '/users/login', { json: { username: scheme, password } })

  // The cost of a wrong password is at least that of an unknown user.
  const cost = await countIterations(async () =>
    expect((await login(`not ${vector.password}`)).body.code).toBe('invalid-credentials'),
  )
  expect(cost).toBeGreaterThanOrEqual(600_000)
  expect(await stored()).toBe(vector.hash)
  expect((await login(vector.password)).status).toBe(200)
  expect(await stored()).toMatch(/^\$pbkdf2-sha256-chain\$/)
  expect((await login(vector.password)).status).toBe(200)
})
