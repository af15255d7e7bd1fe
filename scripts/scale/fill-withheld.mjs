// Adds posts that nobody else can see, newer than all others: those of a suspended author, and hidden ones.
import { searchText } from '../../src/content/search.ts'
import { posts as table } from '../../src/store/schema.ts'
import { inOneSearchSegment } from './fill.mjs'
import { insertRows, withDatabase } from './sqlite.mjs'

const COLUMNS =
  'author_id, title, visibility, published_at, created_at, updated_at, version, body, search_text, hidden_at, author_suspended'

/** Every other one of `count` posts is by a suspended author. The others are hidden. All have the most common words. */
export const fillWithheld = (dir, count) =>
  withDatabase(dir, (db) => {
    const now = Date.now()
    db.exec(`update users set suspended_at = ${now}, suspension_reason = 'Spam.' where username = 'spammer'`)
    const idOf = (username) => db.prepare('select id from users where username = ?').get(username).id
    const [spammer, author] = [idOf('spammer'), idOf('hidden')]
    const [title, body] = ['bread 마늘 東京', 'garden 김치 豆腐']
    const words = searchText(table, { title, body })
    inOneSearchSegment(db, () =>
      insertRows(db, 'posts', COLUMNS.split(', '), count, (n) => {
        const isSpammers = n % 2 === 0
        const at = now - count + n
        const hidden = isSpammers ? null : now
        return [isSpammers ? spammer : author, title, 'public', at, at, at, 1, body, words, hidden, Number(isSpammers)]
      }),
    )
  })
