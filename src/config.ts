/** The bindings, variables and secrets of the Worker, and the configuration that is read from them. */
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { z } from 'zod'
import { lazy } from './lazy.ts'
import { readMailConfig, type MailConfig, type MailEnv } from './mail-config.ts'
import { secretErrors } from './secret.ts'

/** The environment from `wrangler.toml`, `wrangler secret put` and `.dev.vars`. Every member can be missing. */
export type Env = MailEnv & {
  DB?: D1Database
  LIBSQL_URL?: string
  LIBSQL_AUTH_TOKEN?: string
  JWT_SECRET?: string
  JWT_SECRET_PREVIOUS?: string
  PASSWORD_PEPPER?: string
  /** A JSON object of the suffixes that other services appended to passwords, by the key in their imported hashes. */
  PASSWORD_SUFFIXES?: string
  ALLOWED_ORIGINS?: string
  /** The prefix of every path: see `http/base-path.ts`. Default: none. */
  BASE_PATH?: string
  /** The issuer and the audience of the tokens (`iss`, `aud`). Default: `postern`. */
  TOKEN_ISSUER?: string
  /** If not empty, successful responses have `Server-Timing` with the time of the database. `npm start` sets it. */
  SERVER_TIMING?: string
  /** The share of requests that are logged, from 0 to 1. Responses of 500 and above are always logged. Default: 1. */
  LOG_SAMPLE_RATE?: string
  ASSETS?: Fetcher
  /** The rate limit per network: see `http/rate-limit.ts`. */
  RATE_LIMITER?: RateLimit
  /** The rate limits per account: for new items, and for all other writes. */
  CREATE_LIMITER?: RateLimit
  WRITE_LIMITER?: RateLimit
  /** `off` disables the two limits above, for load tests. */
  WRITE_LIMITS?: string
  /** The maximum number of items of an account in its first 24 hours. 0: no limit. Default: 20. */
  NEW_ACCOUNT_POSTS_PER_DAY?: string
  /** If set, registration and password reset require a Turnstile token. */
  TURNSTILE_SECRET?: string
  /** If not empty, registration and password reset are refused while Cloudflare cannot verify tokens. */
  TURNSTILE_FAIL_CLOSED?: string
  /** The rate limit per network for the old APIs. Default: `RATE_LIMITER`. */
  COMPAT_RATE_LIMITER?: RateLimit
  /** The old APIs that are mounted, comma-separated: `board`, `recipes`. Default: both. */
  COMPAT?: string
  /** The Durable Objects that hash passwords. Without them the Worker hashes: see `hasher-pool.ts`. */
  HASHER?: HasherNamespace
  /** `required`: an account can publish only with a verified address. Default: `optional`. */
  EMAIL_VERIFICATION?: string
  /** Who can register: see `REGISTRATION_MODES`. Default: `open`. */
  REGISTRATION?: string
  /** `on`: a sign-in from a new network sends a notice to the user. Default: `off`. */
  SIGN_IN_NOTICES?: string
}

/** `derive` of the Durable Object `Hasher`: PBKDF2 of a secret. It returns its errors as values. */
type HashOverRpc = (secret: Uint8Array, salt: Uint8Array, iterations: number, calls: number) => Promise<Derived>
export type Derived = { key: Uint8Array<ArrayBuffer> } | { error: 'out-of-bounds' | 'failed' }

/** The same for a hash of other software. */
type MatchOverRpc = (password: string, hash: string, suffix: string) => Promise<Matched>
export type Matched =
  | { match: { truncated: Uint8Array<ArrayBuffer> | undefined } | null }
  | { error: 'out-of-bounds' | 'failed' }

/** The used part of `DurableObjectNamespace<Hasher>`. */
export type HasherNamespace = { getByName(name: string): { derive: HashOverRpc; matchLegacy: MatchOverRpc } }

/** The keys that are derived from one secret, one for each use. */
export type Keys = {
  access: Uint8Array<ArrayBuffer>
  refresh: Uint8Array
  cursor: Uint8Array
  throttle: Uint8Array
  mail: Uint8Array
}

const EMAIL_VERIFICATION_MODES = ['optional', 'required'] as const
const SIGN_IN_NOTICE_MODES = ['off', 'on'] as const

/**
 * `open`: everybody can register. `quiet`: the same, but only a mail reveals whether an address has an account. `invite`:
 * registration requires an invitation by an operator. `closed`: nobody can register.
 */
const REGISTRATION_MODES = ['open', 'quiet', 'invite', 'closed'] as const
export type RegistrationMode = (typeof REGISTRATION_MODES)[number]

export type Config = {
  /** The keys that sign new tokens. */
  keys: Keys
  /** The keys that verify tokens: the current ones first, then those of `JWT_SECRET_PREVIOUS`. */
  acceptedKeys: readonly Keys[]
  pepper: string | undefined
  /** The suffixes by key: see `accounts/legacy-hash/suffix.ts`. */
  passwordSuffixes: Readonly<Record<string, string>>
  tokenIssuer: string
  allowedOrigins: readonly string[]
  serverTiming: boolean
  /** Null without `MAIL_FROM`. The service then sends no mail. */
  mail: MailConfig | null
  emailVerification: (typeof EMAIL_VERIFICATION_MODES)[number]
  registration: RegistrationMode
  signInNotices: boolean
  logSampleRate: number
  writeLimits: boolean
  turnstile: { secret: string; failsClosed: boolean } | null
  /** 0: no limit. */
  newAccountPostsPerDay: number
}

/** The service is not configured correctly. The message names the setting, never its value. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

const known = new WeakMap<Env, Config>()

/** Reads the environment once per isolate. Throws a `ConfigError` that names every fault. */
export function readConfig(env: Env): Config {
  const seen = known.get(env)
  if (seen) return seen
  const faults = [...secretErrors('JWT_SECRET', env.JWT_SECRET), ...databaseErrors(env)]
  if (!env.RATE_LIMITER) faults.push('there is no rate-limit binding RATE_LIMITER')
  if (env.JWT_SECRET_PREVIOUS) faults.push(...secretErrors('JWT_SECRET_PREVIOUS', env.JWT_SECRET_PREVIOUS))
  const allowedOrigins = (env.ALLOWED_ORIGINS ?? '').split(',').flatMap((origin) => origin.trim() || [])
  for (const origin of allowedOrigins) {
    if (URL.parse(origin)?.origin !== origin)
      faults.push('ALLOWED_ORIGINS has an entry that is not an origin (scheme, host and port)')
  }
  const tokenIssuer = env.TOKEN_ISSUER || 'postern'
  if (!/^(\/[\w.~-]+)*$/.test(env.BASE_PATH ?? ''))
    faults.push('BASE_PATH is not a path like "/api", without a slash at its end')
  if (!/^[\x21-\x7e]{1,128}$/.test(tokenIssuer)) faults.push('TOKEN_ISSUER is not 1 to 128 printable ASCII characters')
  const passwordSuffixes = readSuffixes(env.PASSWORD_SUFFIXES, faults)
  const mail = readMailConfig(env, faults)
  const emailVerification = readMode('EMAIL_VERIFICATION', env.EMAIL_VERIFICATION, EMAIL_VERIFICATION_MODES, faults)
  const registration = readMode('REGISTRATION', env.REGISTRATION, REGISTRATION_MODES, faults)
  const signInNotices = readMode('SIGN_IN_NOTICES', env.SIGN_IN_NOTICES, SIGN_IN_NOTICE_MODES, faults) === 'on'
  const needsMail = emailVerification === 'required' || registration === 'quiet' || signInNotices
  if (needsMail && !env.MAIL_FROM)
    faults.push('EMAIL_VERIFICATION=required, REGISTRATION=quiet and SIGN_IN_NOTICES=on need MAIL_FROM')
  const logSampleRate = Number(env.LOG_SAMPLE_RATE || 1)
  if (!(logSampleRate >= 0 && logSampleRate <= 1)) faults.push('LOG_SAMPLE_RATE is not a number from 0 to 1')
  const newAccountPosts = env.NEW_ACCOUNT_POSTS_PER_DAY || '20'
  if (!/^\d{1,6}$/.test(newAccountPosts)) faults.push('NEW_ACCOUNT_POSTS_PER_DAY is not a whole number')
  if (faults.length > 0 || !env.JWT_SECRET) throw new ConfigError(faults.join('; '))

  const keys = deriveKeys(env.JWT_SECRET, tokenIssuer)
  const config: Config = {
    keys,
    acceptedKeys: env.JWT_SECRET_PREVIOUS ? [keys, deriveKeys(env.JWT_SECRET_PREVIOUS, tokenIssuer)] : [keys],
    pepper: env.PASSWORD_PEPPER || undefined,
    passwordSuffixes,
    tokenIssuer,
    allowedOrigins,
    serverTiming: Boolean(env.SERVER_TIMING),
    mail,
    emailVerification,
    registration,
    signInNotices,
    logSampleRate,
    turnstile: env.TURNSTILE_SECRET
      ? { secret: env.TURNSTILE_SECRET, failsClosed: Boolean(env.TURNSTILE_FAIL_CLOSED) }
      : null,
    writeLimits: env.WRITE_LIMITS !== 'off',
    newAccountPostsPerDay: Number(newAccountPosts),
  }
  known.set(env, config)
  return config
}

/** Parses a JSON object of strings. Its keys are the values of `users:import --password-suffix`. */
function readSuffixes(json: string | undefined, faults: string[]): Record<string, string> {
  if (!json) return {}
  const parsed = Suffixes().safeParse(json)
  if (!parsed.success) faults.push('PASSWORD_SUFFIXES is not a JSON object of strings')
  return parsed.data ?? {}
}

const Suffixes = lazy(() =>
  z
    .string()
    .transform((json, context) => {
      try {
        return JSON.parse(json) as unknown
      } catch {
        context.addIssue({ code: 'custom' })
        return z.NEVER
      }
    })
    .pipe(z.record(z.string().regex(/^[\w-]{1,32}$/), z.string().min(1).max(256))),
)

/** Reads a setting with fixed values. The first one is the default. */
function readMode<const M extends string>(
  name: string,
  value: string | undefined,
  modes: readonly [M, ...M[]],
  faults: string[],
): M {
  const mode = modes.find((one) => one === value)
  if (value && !mode) faults.push(`${name} is not one of: ${modes.join(', ')}`)
  return mode ?? modes[0]
}

function databaseErrors(env: Env): string[] {
  if (!env.LIBSQL_URL) return env.DB ? [] : ['there is no database: bind a D1 database as DB or set LIBSQL_URL']
  const scheme = URL.parse(env.LIBSQL_URL)?.protocol ?? ''
  return ['libsql:', 'https:', 'http:'].includes(scheme) ? [] : ['LIBSQL_URL is not a libsql:, https: or http: URL']
}

/**
 * HKDF (RFC 5869): one key for each use. `info` contains the use and the issuer, so that two environments with the same
 * secret do not accept each other's tokens.
 */
function deriveKeys(secret: string, issuer: string): Keys {
  const derive = (info: string) => hkdf(sha256, utf8ToBytes(secret), undefined, utf8ToBytes(`${issuer} ${info}`), 32)
  return {
    access: new Uint8Array(derive('access token')),
    refresh: derive('refresh token'),
    cursor: derive('cursor'),
    throttle: derive('login throttle'),
    mail: derive('mail token'),
  }
}
