// Fills the queue of reports and the audit log.
import { insertRows, withDatabase } from './sqlite.mjs'

const DAY = 24 * 3600 * 1000

/** Some values occur a hundred times, whatever the size, so that they are rare in a large database. */
const RARE = 100

const REASONS = ['spam', 'harassment', 'illegal', 'copyright', 'other']

/** Operators resolved the first nine of ten reports, except a few. */
export const fillReports = (dir, count) =>
  withDatabase(dir, (db) => {
    const now = Date.now()
    const [authors, operators] = [members(db), allOperators(db)]
    const columns =
      'type, item_id, author_id, reporter_id, reason, detail, status, note, resolved_by, resolved_at, created_at, version'
    insertRows(db, 'reports', columns.split(', '), count, (n) => {
      const at = now - 90 * DAY + n
      const isOpen = n >= count * 0.9 || n % Math.floor(count / RARE) === 0
      const [author, reporter] = [authors[n % authors.length], authors[(n * 7 + 1) % authors.length]]
      const operator = operators[n % operators.length]
      const decision = isOpen ? ['open', null, null, null] : ['resolved', 'Not spam.', operator, at + DAY]
      return ['posts', n + 1, author, reporter, REASONS[n % REASONS.length], 'Please look.', ...decision, at, 1]
    })
  })

/** The operator who signs in made every other entry. Every tenth entry is about the first post. */
export const fillAuditLog = (dir, count) =>
  withDatabase(dir, (db) => {
    const now = Date.now()
    const [authors, [me, ...operators]] = [members(db), allOperators(db)]
    const columns = 'created_at, actor, action, subject, subject_user_id, reason, request_id'
    insertRows(db, 'audit_log', columns.split(', '), count, (n) => {
      const at = now - Math.floor((1 - n / count) * 390 * DAY)
      const author = authors[n % authors.length]
      if (n % Math.floor(count / RARE) === 7) return [at, 'cli', 'role-granted', `user:${me}`, me, null, null]
      const actor = `user:${n % 2 === 0 ? me : operators[n % operators.length]}`
      const request = `request-${n}`
      if (n % 10 < 2)
        return [at, actor, 'item-hidden', n % 10 === 0 ? 'posts:1' : `posts:${n}`, author, 'Spam.', request]
      return [at, actor, 'user-suspended', `user:${author}`, author, 'Spam.', request]
    })
  })

const idsOf = (rows) => rows.map(({ id }) => id)
const members = (db) => idsOf(db.prepare(`select id from users where role = 'member' order by id`).all())
const allOperators = (db) => idsOf(db.prepare(`select id from users where role = 'operator' order by id`).all())
