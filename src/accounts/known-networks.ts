/** The known networks of a user: those of recent sign-ins, as keyed digests. */
import { and, eq, exists, gt, inArray, lt, sql, type SQL } from 'drizzle-orm'
import type { Config, Keys } from '../config.ts'
import { macOf } from '../mac.ts'
import { insertValues, type Database } from '../store/database.ts'
import { sessions, signInNetworks, users } from '../store/schema.ts'
import { hasTypedName, type TypedName } from './username.ts'

const DAY = 24 * 3600 * 1000

/** A network is known for this long after a sign-in from it, or after its last renewal, in milliseconds. */
export const KNOWN_NETWORK = 30 * DAY

const digestOf = ({ throttle }: Keys, network: string) =>
  macOf(throttle, JSON.stringify(['network', network])).toBase64({
    alphabet: 'base64url',
    omitPadding: true,
  })

/** The condition that the account with the typed name signed in from the network within `KNOWN_NETWORK`. */
export const isKnownNetwork = (
  db: Database,
  config: Config,
  { name, network }: { name: TypedName; network: string },
  now: number,
): SQL =>
  exists(
    db
      .select({ id: users.id })
      .from(signInNetworks)
      .innerJoin(users, eq(users.id, signInNetworks.user_id))
      .where(and(hasTypedName(name), isRecent(config, network, now))),
  )

/** The same condition for a row of `users`. */
export const hasSignedInFrom = (
  db: Database,
  { config, network }: { config: Config; network: string },
  now: number,
): SQL =>
  exists(
    db
      .select({ network: signInNetworks.network })
      .from(signInNetworks)
      .where(and(eq(signInNetworks.user_id, users.id), isRecent(config, network, now))),
  )

/** Compares with the digests under every accepted secret, so that a secret can be rotated. */
const isRecent = ({ acceptedKeys }: Config, network: string, now: number) =>
  and(
    inArray(
      signInNetworks.network,
      acceptedKeys.map((keys) => digestOf(keys, network)),
    ),
    gt(signInNetworks.signed_in_at, new Date(now - KNOWN_NETWORK)),
  )

/** Records that the user that the condition finds signed in from a network. */
export const rememberNetwork = (
  db: Database,
  { config, network }: { config: Config; network: string },
  condition: SQL | undefined,
  now: number,
) =>
  db
    .insert(signInNetworks)
    .select(
      sql`select ${insertValues(signInNetworks, {
        user_id: users.id,
        network: digestOf(config.keys, network),
        signed_in_at: new Date(now),
      })} from ${users} where ${condition}`,
    )
    .onConflictDoUpdate({
      target: [signInNetworks.user_id, signInNetworks.network],
      set: { signed_in_at: new Date(now) },
    })

/**
 * Renews a known network, at most once a day, at the refresh of an active session: the owner has to sign in again when a
 * session ends after 30 days, and must not be delayed then. A refresh makes no network known, because its token can be
 * stolen.
 */
export function renewNetwork(
  db: Database,
  { config, network }: { config: Config; network: string },
  sessionId: string,
  now: number,
) {
  const owner = db
    .select({ user_id: sessions.user_id })
    .from(sessions)
    .where(and(eq(sessions.id, sessionId), gt(sessions.expires_at, new Date(now))))
  return db
    .update(signInNetworks)
    .set({ signed_in_at: new Date(now) })
    .where(
      and(
        inArray(signInNetworks.user_id, owner),
        isRecent(config, network, now),
        lt(signInNetworks.signed_in_at, new Date(now - DAY)),
      ),
    )
}
