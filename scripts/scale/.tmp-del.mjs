import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import Database from 'libsql'
import { searchText } from '../../src/content/search.ts'
import { posts as table } from '../../src/store/schema.ts'
const file = '/tmp/del.sqlite'
for (const s of ['', '-wal', '-shm']) rmSync(file + s, { force: true })
const db = new Database(file)
db.exec('pragma journal_mode=wal; pragma synchronous=off; pragma foreign_keys=on; pragma cache_size=-200000')
for (const f of readdirSync('drizzle')
  .filter((f) => f.endsWith('.sql'))
  .sort())
  for (const s of readFileSync('drizzle/' + f, 'utf8').split('--> statement-breakpoint')) db.exec(s)
for (const n of [1, 2])
  db.prepare(
    `insert into users (id, username, username_normalized, email, email_normalized, password_hash, created_at, updated_at) values (${n},'u${n}','u${n}','u${n}','u${n}','-',1,1)`,
  ).run()
const words = Array.from({ length: 5000 }, (_, n) => ((n * 2654435761) % 1e8).toString(36))
let seed = 1
const random = (b) => (seed = (seed * 48271) % 2147483647) % b
const text = (k) => Array.from({ length: k }, () => words[Math.floor((random(5000) * random(5000)) / 5000)]).join(' ')
const N = +process.argv[2] || 250000,
  W = +process.argv[3] || 20
const ins = db.prepare(
  `insert into posts (author_id,title,visibility,published_at,created_at,updated_at,version,body,search_text) values (?,?,'public',?,1,1,1,?,?)`,
)
let t = performance.now()
const go = db.transaction((a, b) => {
  for (let n = a; n < b; n++) {
    const title = text(3),
      body = text(W)
    ins.run(1 + (n % 2), title, n + 1, body, searchText(table, { title, body }))
  }
})
for (let n = 0; n < 2 * N; n += 10000) go(n, Math.min(2 * N, n + 10000))
console.log(
  'insert',
  2 * N,
  ((performance.now() - t) / 1000).toFixed(1),
  's',
  (statSync(file).size / 2 / N).toFixed(0),
  'bytes per post',
)
const time = (name, f) => {
  const t = performance.now()
  f()
  console.log(name, (performance.now() - t).toFixed(0), 'ms')
}
time('rename', () =>
  db.prepare("update users set username='x', username_normalized='x', renames=renames+1 where id=1").run(),
)
time('step of 1000: delete', () =>
  db.prepare('delete from posts where id in (select id from posts where author_id=1 limit 1000)').run(),
)
time('step of 5000: delete', () =>
  db.prepare('delete from posts where id in (select id from posts where author_id=1 limit 5000)').run(),
)
time('step of 5000: suspend', () =>
  db
    .prepare('update posts set author_suspended=1 where id in (select id from posts where author_id=1 limit 5000)')
    .run(),
)
time('whole: suspend', () => db.prepare('update posts set author_suspended=1 where author_id=1').run())
time('whole delete cascade', () => db.prepare('delete from users where id=1').run())
db.exec('pragma wal_checkpoint(truncate)')
