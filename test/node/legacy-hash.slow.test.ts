/** The slowest legacy hashes in the bundled Worker: import, sign-in, replacement and sign-in again. */
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startService } from '../../scripts/service.mjs'
import { isSlow } from '../support/slow-hashes.ts'

const run = promisify(execFile)

type Vector = { hash: string; password: string }

const vectors: Record<'verify' | 'wrong', Vector[]> = JSON.parse(
  await readFile('test/accounts/password-hashes.json', 'utf8'),
)
const slow = { verify: vectors.verify.filter(isSlow), wrong: vectors.wrong.filter(isSlow) }
const nameOf = (list: string, at: number) => `${list} ${at}`

let dir: string
let service: Awaited<ReturnType<typeof startService>>

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'postern-hashes-'))
  service = await startService({ dir })
  const users = Object.entries(slow).flatMap(([name, list]) =>
    list.map(({ hash }, at) => JSON.stringify({ username: nameOf(name, at), password_hash: hash })),
  )
  const file = join(dir, 'users.jsonl')
  await writeFile(file, users.join('\n'))
  const options = ['--allow-no-email', '--persist-to', dir]
  // Throws if a line is refused.
  await run(process.execPath, ['scripts/users/import.mjs', file, ...options])
}, 120_000)

afterAll(async () => {
  await service?.stop()
  await rm(dir, { recursive: true, force: true, maxRetries: 10 })
})

async function login(username: string, password: string) {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(`${service.url}/users/login`, {
    method: 'POST',
    headers,
    body: JSON.stringify({ username, password }),
  })
  return response.status
}

test('the vectors include slow hashes', () => {
  expect(slow.verify.length).toBeGreaterThan(10)
  expect(slow.wrong.length).toBeGreaterThan(5)
})

test.each(slow.verify.map((vector, at) => [vector.hash.slice(0, 40), at, vector] as const))(
  '%s',
  async (_, at, { password }) => {
    expect(await login(nameOf('verify', at), password)).toBe(200)
    expect(await login(nameOf('verify', at), password)).toBe(200)
  },
)

test.each(slow.wrong.map((vector, at) => [vector.hash.slice(0, 40), at, vector] as const))(
  'a wrong password for %s',
  async (_, at, { password }) => {
    expect(await login(nameOf('wrong', at), password)).toBe(401)
  },
)

test('sign-in replaces exactly the hashes that were verified', { timeout: 60_000 }, async () => {
  const out = join(dir, 'out.jsonl')
  await run(process.execPath, ['scripts/users/export.mjs', out, '--persist-to', dir])
  const users: { username: string; password_hash: string }[] = (await readFile(out, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const isReplaced = ({ password_hash }: { password_hash: string }) => password_hash.startsWith('$pbkdf2-sha256-chain$')
  expect(users.filter(isReplaced)).toHaveLength(slow.verify.length)
  expect(users.filter(({ username }) => username.startsWith('wrong')).filter(isReplaced)).toEqual([])
})
