// Fills a database with many posts for `npm run scale` and `npm run bench`. The posts are the same each time.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'libsql'
import { searchText } from '../../src/content/search.ts'
import { posts as table } from '../../src/store/schema.ts'

const BATCH = 100_000
const DAY = 24 * 3600 * 1000

/** The first words are by far the most common ones. */
const ENGLISH =
  'bread garden water fresh morning oven butter garlic kitchen salt table summer market onion slow little flour ' +
  'lemon window garnish pepper winter honey house rice street apple gate soup neighbour walnut ginger friend river ' +
  'basket cinnamon letter mother olive story spoon village harvest orchard recipe ferment kettle season pumpkin ' +
  'thyme quiet evening barley copper autumn lantern pastry gardener chestnut harbour saffron garage turnip meadow'
const NOUNS =
  '마늘 김치 된장 아침 시장 바다 부엌 할머니 양파 고추 국수 봄 여름 가을 겨울 두부 간장 참기름 생강 배추 골목 이웃 손님 저녁 ' +
  '냄비 숟가락 편지 마당 감자 고구마 호박 미역 떡 밥상 보리 콩나물 시금치 우물 대문 장독대'
const PARTICLES = ['', '은', '는', '이', '가', '을', '를', '에서', '으로', '와', '까지']
const KOREAN = NOUNS.split(' ').flatMap((noun) => PARTICLES.map((particle) => noun + particle))
const LEXICON = { english: ENGLISH.split(' '), korean: KOREAN }

/**
 * Writes `count` posts directly into the database. The service must not be running. The triggers fill the search index.
 * The first user is the writer.
 */
export function fillPosts(dir, count, { authors = 1000 } = {}) {
  const d1 = join(dir, 'v3/d1/miniflare-D1DatabaseObject')
  const file = readdirSync(d1).find((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
  const db = new Database(join(d1, file))
  db.exec('pragma synchronous = off; pragma cache_size = -500000')
  // In one transaction, so that the index is not merged after each post.
  const holdInMemory = (mib) =>
    db.exec(`insert into posts_search (posts_search, rank) values ('hashsize', ${mib * 1024 * 1024})`)
  holdInMemory(256)
  const now = Date.now()
  const random = seeded(1)
  const pick = (list) => list[Math.floor(list.length * random() ** 2)]
  const text = (words, from) => Array.from({ length: words }, () => pick(from)).join(' ')

  const addUser = db.prepare(`insert into users
    (username, username_normalized, email, email_normalized, password_hash, created_at, updated_at) values (?, ?, ?, ?, '-', ?, ?)`)
  const addUsers = db.transaction((names) => {
    for (const name of names) {
      addUser.run(name, name, `${name}@example.com`, `${name}@example.com`, now, now)
    }
  })
  addUsers(['poet', ...Array.from({ length: authors }, (_, n) => `author${n}`)])
  const [writer, poet, ...others] = db.prepare('select id, username from users order by id').all()

  const addPost = db.prepare(`insert into posts
    (author_id, title, visibility, published_at, pending, created_at, updated_at, version, body, search_text)
    values (?, ?, ?, ?, ?, ?, ?, 1, ?, ?)`)
  const addPosts = db.transaction((from, to) => {
    for (let n = from; n < to; n++) {
      // The poet writes three posts. The writer writes every fourth post, and publishes four of ten.
      const isPoets = [1, 2, 3].some((quarter) => n === Math.floor(count / 16) * 4 * quarter + 1)
      const author = isPoets ? poet : n % 4 === 0 ? writer : others[Math.floor(random() * others.length)]
      const status = n % 4 === 0 ? (n / 4) % 10 : isPoets ? 9 : n % 100
      const isDraft = n % 4 === 0 ? status < 3 : status % 20 === 7
      const isScheduled = n % 4 === 0 ? status >= 3 && status < 6 : status === 13
      const created = Math.floor(now - (1 - n / count) * 3 * 365 * DAY) - DAY
      const soon = Math.floor(random() * Math.min(30 * DAY, now - created))
      const published = isDraft ? null : isScheduled ? now + DAY + Math.floor(random() * 30 * DAY) : created + soon
      const language = n % 2 === 0 || isPoets ? LEXICON.english : LEXICON.korean
      const title = `${text(3, language)}${isPoets ? ' axolotl bread' : ''}`
      const said = [text(8, language), text(2, LEXICON.english), text(2, LEXICON.korean)].join(' ')
      const body = `${said} No. ${Math.floor(random() * count)}`
      const visibility = n % 4 === 0 ? 'public' : 'members'
      const words = searchText(table, { title, body })
      addPost.run(author.id, title, visibility, published, Number(isScheduled), created, created, body, words)
    }
  })
  for (let n = 0; n < count; n += BATCH) addPosts(n, Math.min(n + BATCH, count))
  holdInMemory(1)
  db.exec('pragma wal_checkpoint(truncate)')
  db.close()
}

/** A generator of the same numbers between 0 and 1 for the same seed (mulberry32). */
function seeded(seed) {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
