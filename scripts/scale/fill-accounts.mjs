// Makes some of the authors operators, suspends others, and adds sessions and a wave of suspended accounts.
import { addUsers } from './fill.mjs'
import { insertRows, withDatabase } from './sqlite.mjs'

/** The same numbers in a small and in a large database, so that they are rare in the large one. */
const [OPERATORS, SUSPENDED] = [50, 100]
const SESSIONS_PER_AUTHOR = 2
/** The most that an account can have. One of them is that of the registration. */
const WRITERS_SESSIONS = 100

const DAY = 24 * 3600 * 1000

/** `wave` accounts, the newest ones, are suspended and wrote nothing. */
export const fillAccounts = (dir, { wave }) =>
  withDatabase(dir, (db) => {
    const now = Date.now()
    const authors = db.prepare(`select id from users where username like 'author%' or username like '작가%'`).all()
    const everyNth = (count, first) =>
      Array.from({ length: count }, (_, n) => authors[Math.floor((n * authors.length) / count) + first].id)

    const [{ id: operator }] = db.prepare(`select id from users where username = 'operator'`).all()
    const makeOperator = db.prepare(`update users set role = 'operator' where id = ?`)
    for (const id of [operator, ...everyNth(OPERATORS, 0)]) makeOperator.run(id)

    const suspend = db.prepare(`update users set suspended_at = ${now}, suspension_reason = 'Spam.' where id = ?`)
    const withhold = db.prepare(
      'update posts set author_suspended = 1 where author_id = ? and published_at is not null',
    )
    const suspended = new Set(everyNth(SUSPENDED, 1))
    db.transaction(() => {
      for (const id of suspended) {
        suspend.run(id)
        withhold.run(id)
      }
    })()

    const users = [
      ...Array.from({ length: WRITERS_SESSIONS - 1 }, () => 1),
      ...authors.flatMap(({ id }) => (suspended.has(id) ? [] : Array.from({ length: SESSIONS_PER_AUTHOR }, () => id))),
    ]
    const columns = 'id, user_id, counter, user_agent, created_at, last_used_at, reauthenticated_at, expires_at'
    insertRows(db, 'sessions', columns.split(', '), users.length, (n) => {
      const created = now - DAY - n
      return [`session${n}`, users[n], 0, 'Mozilla/5.0', created, created, created, created + 30 * DAY]
    })

    addUsers(
      db,
      Array.from({ length: wave }, (_, n) => `wave${n}`),
      now,
    )
    db.exec(`update users set suspended_at = ${now}, suspension_reason = 'Spam.' where username like 'wave%'`)
  })
