// The app as it is; a request with `X-Count-Rows` learns from `X-Cost` what its statements cost D1: how many rows, how
// many milliseconds, how many statements.
import { createApp } from '../../src/app.ts'
import { connect } from '../../src/store/database.ts'

const app = createApp(connect)

export default {
  async fetch(request, env, context) {
    if (!request.headers.has('X-Count-Rows')) return app.fetch(request, env, context)
    const sent = []
    const answer = await app.fetch(request, { ...env, DB: watch(env.DB, sent) }, context)
    const counted = new Response(answer.body, answer)
    // What drizzle asks for comes without its `meta`, so each statement is sent once more as it was.
    const results = await Promise.all(sent.map((statement) => statement.all()))
    const sum = (figure) => results.reduce((total, { meta }) => total + meta[figure], 0)
    counted.headers.set('X-Cost', JSON.stringify([sum('rows_read'), sum('duration'), results.length]))
    return counted
  },
}

/** The same store, with what is bound noted in `sent`: drizzle binds a statement just before it sends it. */
function watch(db, sent) {
  const prepare = (query) => {
    const statement = db.prepare(query)
    const bind = (...values) => {
      const bound = statement.bind(...values)
      sent.push(bound)
      return bound
    }
    return Object.assign(Object.create(statement), { bind })
  }
  return Object.assign(Object.create(db), { prepare })
}
