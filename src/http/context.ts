/** The variables of the Hono context that middleware, guards and handlers share. */
import type { Config, Env } from '../config.ts'
import type { Database } from '../store/database.ts'
import type { QueryStats } from '../store/round-trip.ts'

/** The user and the session of a verified access token. */
export type CurrentUser = {
  userId: number
  sessionId: string
  /** Set with `EMAIL_VERIFICATION=required`: the user can publish only with a verified address. */
  mustBeVerified?: boolean
  /** The maximum number of items of the user while the account is new. 0: no limit. */
  newAccountLimit?: number
}

/** What the modules below the routes need of a request. */
export type Caller = {
  config: Config
  requestId: string
  userAgent: string | undefined
  /** The client's network: an IPv4 address, an IPv6 /64, or `unknown`. */
  network: string
  /** PBKDF2 of a password, in the Worker or in a Durable Object: see `Derive` in `accounts/key-derivation.ts`. */
  derive: (secret: Uint8Array, salt: Uint8Array, iterations: number, calls: number) => Promise<Uint8Array>
  /** Verifies a hash of other software, in the same place: see `matchLegacyHash` in `accounts/legacy-hash/match.ts`. */
  matchLegacy: (
    password: string,
    hash: string,
    suffix: string,
  ) => Promise<{ truncated: Uint8Array<ArrayBuffer> | undefined } | null>
  /** The lifetime of the access tokens in seconds. Default: `ACCESS_TOKEN_SECONDS`. */
  lifetime?: number
  /** Writes one line to the audit log. */
  audit: (event: string, userId: number | undefined) => void
  /**
   * Sends a mail of the outbox after the response, `delay` milliseconds later. If that fails, the cron trigger sends the
   * mail.
   */
  deliver: (mailId: string, delay?: number) => void
}

/** Set by `app.ts`, except for the current user, which a guard sets. */
export type AppEnv = {
  Bindings: Env
  Variables: {
    requestId: string
    queryStats: QueryStats
    config: Config
    db: Database
    caller: Caller
    currentUser?: CurrentUser | null
  }
}
