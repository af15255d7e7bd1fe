import { expect, test, vi } from 'vitest'
import type { Env } from '../src/config.ts'
import { secretErrors } from '../src/secret.ts'
import { BASE_PATH } from './support/base-path.ts'
import { mailEnv } from './support/mailbox.ts'
import { call, document, env } from './support/service.ts'

const { JWT_SECRET: _, ...withoutSecret } = env
const { RATE_LIMITER: _guard, ...withoutLimiter } = env
const { DB: _db, LIBSQL_URL: _url, ...withoutDatabase } = env

const { EMAIL: _email, ...withoutTransport } = mailEnv
const { MAIL_LIMITER: _limiter, ...withoutMailLimiter } = mailEnv
const webhook = (bytes: number) => ({
  MAIL_WEBHOOK_URL: 'https://mail.example/hook',
  MAIL_WEBHOOK_SECRET: `whsec_${new Uint8Array(bytes).toBase64()}`,
})

/** Not under a base path, because such runs set their own. */
const wrongBasePath: [string, Env, string][] = BASE_PATH
  ? []
  : [['a base path with a slash at its end', { ...env, BASE_PATH: '/api/' }, 'BASE_PATH is not']]

const broken: [string, Env, string][] = [
  ['no secret', withoutSecret, 'JWT_SECRET is not set'],
  ['an empty secret', { ...env, JWT_SECRET: '' }, 'JWT_SECRET is not set'],
  ['a secret of 31 bytes', { ...env, JWT_SECRET: 'x'.repeat(31) }, 'JWT_SECRET has 31 bytes and needs 32 or more'],
  [
    'a previous secret of 31 bytes',
    { ...env, JWT_SECRET_PREVIOUS: 'x'.repeat(31) },
    'JWT_SECRET_PREVIOUS has 31 bytes',
  ],
  ['a secret of one character', { ...env, JWT_SECRET: 'a'.repeat(32) }, 'JWT_SECRET has too little variety'],
  ['a secret of seven characters', { ...env, JWT_SECRET: 'password'.repeat(4) }, 'JWT_SECRET has too little variety'],
  ['a secret that repeats', { ...env, JWT_SECRET: 'change-me '.repeat(4) }, 'JWT_SECRET has too little variety'],
  [
    'a previous secret of one character',
    { ...env, JWT_SECRET_PREVIOUS: '\0'.repeat(64) },
    'JWT_SECRET_PREVIOUS has too little variety',
  ],
  ['no rate limiter', withoutLimiter, 'RATE_LIMITER'],
  ['no database', withoutDatabase, 'there is no database'],
  ['a database URL that is a file', { ...withoutDatabase, LIBSQL_URL: 'file:local.db' }, 'LIBSQL_URL is not'],
  ['a database URL that is not a URL', { ...withoutDatabase, LIBSQL_URL: 'hello' }, 'LIBSQL_URL is not'],
  ['an origin with a path', { ...env, ALLOWED_ORIGINS: 'https://a.example/app' }, 'ALLOWED_ORIGINS'],
  ...wrongBasePath,
  ['a token issuer with a space', { ...env, TOKEN_ISSUER: 'my service' }, 'TOKEN_ISSUER is not'],
  ['password suffixes that are not JSON', { ...env, PASSWORD_SUFFIXES: 'sea' }, 'PASSWORD_SUFFIXES is not'],
  ['password suffixes that are a list', { ...env, PASSWORD_SUFFIXES: '["sea"]' }, 'PASSWORD_SUFFIXES is not'],
  ['an empty password suffix', { ...env, PASSWORD_SUFFIXES: '{"old": ""}' }, 'PASSWORD_SUFFIXES is not'],
  ['a sample rate above 1', { ...env, LOG_SAMPLE_RATE: '2' }, 'LOG_SAMPLE_RATE is not'],
  ['a sample rate that is not a number', { ...env, LOG_SAMPLE_RATE: 'half' }, 'LOG_SAMPLE_RATE is not'],
  ['a sender that is not an address', { ...mailEnv, MAIL_FROM: 'Example' }, 'MAIL_FROM is not an address'],
  ['mail without a URL for links', { ...mailEnv, APP_URL: '' }, 'APP_URL is not set'],
  [
    'a link base that is not a URL',
    { ...mailEnv, APP_URL: 'app.example.com' },
    'APP_URL is not an https: or http: URL',
  ],
  [
    'a link base with a fragment',
    { ...mailEnv, APP_URL: 'https://a.example/#/' },
    'APP_URL is not an https: or http: URL',
  ],
  ['mail without a transport', withoutTransport, 'MAIL_FROM is set and nothing sends'],
  ['mail without a rate limit', withoutMailLimiter, 'MAIL_LIMITER'],
  ['a webhook without a secret', { ...mailEnv, MAIL_WEBHOOK_URL: 'https://a.example/' }, 'MAIL_WEBHOOK_SECRET is not'],
  ['a webhook secret of 8 bytes', { ...mailEnv, ...webhook(8) }, 'MAIL_WEBHOOK_SECRET is not'],
  ['a webhook without a URL', { ...mailEnv, ...webhook(32), MAIL_WEBHOOK_URL: '' }, 'MAIL_WEBHOOK_URL is not'],
  ['a daily limit that is not a number', { ...mailEnv, MAILS_PER_DAY: 'many' }, 'MAILS_PER_DAY is not'],
  ['an unknown registration', { ...mailEnv, REGISTRATION: 'loud' }, 'REGISTRATION is not one of: open'],
  ['an unknown verification', { ...mailEnv, EMAIL_VERIFICATION: 'yes' }, 'EMAIL_VERIFICATION is not one of: optional'],
  ['quiet registration without mail', { ...env, REGISTRATION: 'quiet' }, 'need MAIL_FROM'],
  ['required verification without mail', { ...env, EMAIL_VERIFICATION: 'required' }, 'need MAIL_FROM'],
  [
    'an unknown mode of sign-in notices',
    { ...mailEnv, SIGN_IN_NOTICES: 'true' },
    'SIGN_IN_NOTICES is not one of: off, on',
  ],
  ['sign-in notices without mail', { ...env, SIGN_IN_NOTICES: 'on' }, 'need MAIL_FROM'],
  ['every origin', { ...env, ALLOWED_ORIGINS: '*' }, 'ALLOWED_ORIGINS'],
]

/** Every operation, and paths that are not in the document. */
const paths = [...Object.keys(document.paths), '/docs', '/openapi.json', '/docs/swagger-ui.css', '/nowhere']

test.each(broken)('with %s every response is 503, and the reason is only in the log', async (_name, given, reason) => {
  const lines: string[] = []
  const spy = vi.spyOn(console, 'error').mockImplementation((line) => void lines.push(line))
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const { status, text, body } = await call(method, path.replace('{id}', '1'), { env: given })
      expect(status).toBe(503)
      expect(body.type).toBe('/problems/unavailable')
      expect(text).not.toMatch(/JWT|LIBSQL|ORIGIN|store/)
    }
  }
  spy.mockRestore()
  expect(lines).toHaveLength(paths.length * 2)
  for (const line of lines)
    expect(JSON.parse(line)).toMatchObject({
      level: 'error',
      error: 'ConfigError',
      message: expect.stringContaining(reason),
    })
})

test('all faults of the configuration are reported together', async () => {
  const spy = vi.spyOn(console, 'error').mockImplementation(() => {})
  await call('GET', '/health', { env: {} })
  expect(spy.mock.calls[0]?.[0]).toContain(
    'JWT_SECRET is not set; there is no database: bind a D1 database as DB or set LIBSQL_URL; there is no rate-limit binding',
  )
  spy.mockRestore()
})

test('a secret of 32 bytes is accepted, counted in bytes', async () => {
  for (const JWT_SECRET of ['0123456789abcdef0123456789abcdeX', '가나다라마바사아자차카'])
    expect((await call('GET', '/health', { env: { ...env, JWT_SECRET } })).status).toBe(200)
})

test('no random secret is refused for lack of variety', () => {
  const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
  for (let n = 0; n < 1000; n++) {
    expect(secretErrors('JWT_SECRET', random(16).toHex())).toEqual([])
    expect(secretErrors('JWT_SECRET', random(24).toBase64())).toEqual([])
  }
})
