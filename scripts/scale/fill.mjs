// Fills a database with many posts for `npm run scale` and `npm run bench`. The posts are the same each time.
import { searchText } from '../../src/content/search.ts'
import { posts as table } from '../../src/store/schema.ts'
import { insertRows, seeded, withDatabase } from './sqlite.mjs'
import { RARE, writer as textWriter } from './words.mjs'

const DAY = 24 * 3600 * 1000

const COLUMNS =
  'author_id, title, visibility, published_at, pending, created_at, updated_at, version, body, search_text'.split(', ')

/**
 * Writes `count` posts directly into the database. The service must not be running. The triggers fill the search index.
 * The first user is the writer.
 */
export const fillPosts = (dir, count, { authors = 1000 } = {}) =>
  withDatabase(dir, (db) => {
    const now = Date.now()
    const [writer] = userIds(db)
    const known = userIds(db).length
    addUsers(db, ['poet', ...Array.from({ length: authors }, (_, n) => nameOf(n))], now)
    const [poet, ...others] = userIds(db).slice(known)
    const random = seeded(2)
    const write = textWriter()
    let next = 0
    inOneSearchSegment(db, () =>
      insertRows(db, 'posts', COLUMNS, count, (n) => {
        // The poet writes three posts. The writer writes every fourth post, and publishes four of ten.
        const isPoets = [1, 2, 3].some((quarter) => n === Math.floor(count / 16) * 4 * quarter + 1)
        const isWriters = n % 4 === 0
        const author = isPoets ? poet : isWriters ? writer : others[next++ % others.length]
        const status = isWriters ? (n / 4) % 10 : isPoets ? 9 : n % 100
        const isDraft = isWriters ? status < 3 : status % 20 === 7
        const isScheduled = isWriters ? status >= 3 && status < 6 : status === 13
        const created = Math.floor(now - (1 - n / count) * 3 * 365 * DAY) - DAY
        const soon = Math.floor(random() * Math.min(30 * DAY, now - created))
        const published = isDraft ? null : isScheduled ? now + DAY + Math.floor(random() * 30 * DAY) : created + soon
        const text = write(n)
        const title = isPoets ? `${text.title} ${RARE}` : text.title
        const body = `${text.said} No. ${Math.floor(random() * count)}`
        const words = searchText(table, { title, body })
        const visibility = isWriters ? 'public' : 'members'
        return [author, title, visibility, published, Number(isScheduled), created, created, 1, body, words]
      }),
    )
  })

/** Adds accounts that nobody can sign in to. */
export function addUsers(db, names, now) {
  const columns = 'username, username_normalized, email, email_normalized, password_hash, created_at, updated_at'
  insertRows(db, 'users', columns.split(', '), names.length, (n) => {
    const name = names[n]
    // An account without a name in ASCII has an address in ASCII.
    const email = `${name.replace('작가', 'writer')}@example.com`
    return [name, name, email, email, '-', now, now]
  })
}

/** Every fifth author has a name in Hangul. */
const nameOf = (n) => `${n % 5 === 0 ? '작가' : 'author'}${String(n).padStart(6, '0')}`

const userIds = (db) =>
  db
    .prepare('select id from users order by id')
    .all()
    .map(({ id }) => id)

/** Holds the words of the new posts in memory, so that the index is not merged after each post. */
export function inOneSearchSegment(db, insert) {
  const holdInMemory = (mib) =>
    db.exec(`insert into posts_search (posts_search, rank) values ('hashsize', ${mib * 1024 * 1024})`)
  holdInMemory(256)
  insert()
  holdInMemory(1)
}
