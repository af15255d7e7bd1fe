// Compares lists, searches and the pages of operators in a small and in a large database: the rows that D1 reads, and
// the time. `npm run scale -- [rows=1000000]`. Prints tables in Markdown. The exit code is 1 if the rows read grow; times
// depend on what else the machine does.
import { compare } from './compare.mjs'
import { GROUPS } from './measures.mjs'
import { prepare } from './prepare.mjs'

const [rows = 1_000_000] = process.argv.slice(2).map(Number)
const SMALL = 10_000
/** The maximum ratio of rows read, because authors have seven or eight posts, and of times. */
const [MAX_ROWS_RATIO, MAX_TIME_RATIO] = [1.2, 1.3]

const services = [await prepare(SMALL), await prepare(rows)]
const [growing, slower] = [[], []]
for (const [group, measures] of Object.entries(GROUPS)) {
  console.log(`\n${group}\n\n| Request | Page | Items | Rows read | SQL, ms | Request, ms |\n|---|---|---|---|---|---|`)
  for (const measure of measures) {
    const result = await compare(services, measure)
    const name = `${group}: ${result.name}`
    if (ratio(result.rowsRead) > MAX_ROWS_RATIO) growing.push(name)
    if (ratio(result.times) > MAX_TIME_RATIO) slower.push(name)
    print(result)
  }
}
await Promise.all(services.map(({ stop }) => stop()))
console.log(['', 'The rows read grow:', ...growing, '', 'The time grows:', ...slower].join('\n'))
process.exit(growing.length > 0 ? 1 : 0)

function ratio([smaller, larger]) {
  return larger / smaller
}

/** A row of the table: each figure of the small database, and of the large one. */
function print({ name, items, pages, rowsRead, sqlTimes, times }) {
  const both = (figures) => figures.map((figure) => figure.toLocaleString('en')).join(' / ')
  const milliseconds = times.map((time) => time.toFixed(1)).join(' / ')
  console.log(`| ${[name, both(pages), items, both(rowsRead), both(sqlTimes), milliseconds].join(' | ')} |`)
}
