// Writes checked users. Each chunk is one statement, so an interrupted import can be repeated.

/** The number of users in one statement: about 200 KB of parameters. D1 allows 2 MB. */
const CHUNK = 500

const EXISTING = `
  select username, username_normalized, email_normalized, password_hash, created_at from users
  where username_normalized in (select value from json_each(?1)) or email_normalized in (select value from json_each(?2))`

const INSERT = `
  insert into users (username, username_normalized, email, email_normalized, password_hash, created_at, updated_at)
  select value ->> 'username', value ->> 'username_normalized', value ->> 'email', value ->> 'email_normalized',
    value ->> 'password_hash', value ->> 'created_at', value ->> 'created_at'
  from json_each(?1) where true
  on conflict do nothing returning username_normalized`

/**
 * Writes the entries that are not in the database yet.
 *
 * @param {(sql: string, ...values: string[]) => Promise<Record<string, unknown>[]>} query
 * @param {{ line: number, row: Record<string, unknown>, hasTime: boolean }[]} entries
 * @param {{ allowNoEmail: boolean, isDryRun: boolean }} options
 * @param {{ refuse: (line: number, reason: string) => void, progress: (done: number, of: number) => void }} report
 */
export async function writeUsers(query, entries, { allowNoEmail, isDryRun }, { refuse, progress }) {
  const count = { added: 0, present: 0 }
  for (let start = 0; start < entries.length; start += CHUNK) {
    const chunk = entries.slice(start, start + CHUNK)
    const missing = await findMissing(query, chunk, allowNoEmail, refuse, count)
    const rows = JSON.stringify(missing.map(({ row }) => row))
    const inserted = isDryRun || missing.length === 0 ? missing.map(({ row }) => row) : await query(INSERT, rows)
    const names = new Set(inserted.map(({ username_normalized }) => username_normalized))
    for (const { line, row } of missing) {
      if (!names.has(row.username_normalized))
        refuse(line, 'Another user took the name or the address during the import.')
    }
    count.added += names.size
    progress(start + chunk.length, entries.length)
  }
  return count
}

async function findMissing(query, chunk, allowNoEmail, refuse, count) {
  const column = (name) => JSON.stringify(chunk.map(({ row }) => row[name]).filter((value) => value !== null))
  const existing = await query(EXISTING, column('username_normalized'), column('email_normalized'))
  const byName = new Map(existing.map((user) => [user.username_normalized, user]))
  const addresses = new Set(existing.map(({ email_normalized }) => email_normalized))
  return chunk.flatMap((entry) => {
    const { line, row } = entry
    const other = byName.get(row.username_normalized)
    if (other && isSame(other, entry)) return (count.present++, [])
    if (other) return (refuse(line, 'Another user in the database has this `username`.'), [])
    if (row.email_normalized === null || !addresses.has(row.email_normalized)) return entry
    if (allowNoEmail) return { line, row: { ...row, email: null, email_normalized: null } }
    return (refuse(line, 'Another user in the database has this `email`; see --allow-no-email.'), [])
  })
}

/** Whether a user with this name was imported from this line. The first login may have replaced the hash. */
const isSame = (user, { row, hasTime }) =>
  user.username === row.username &&
  (user.password_hash === row.password_hash ||
    (hasTime && user.created_at === row.created_at) ||
    (row.email_normalized !== null && user.email_normalized === row.email_normalized) ||
    (!hasTime && row.email_normalized === null))
