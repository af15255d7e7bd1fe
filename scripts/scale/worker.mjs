// The app with a cost report: the response to a request with `X-Count-Rows` has `X-Cost`, the number of rows,
// milliseconds and statements in D1.
import { createApp } from '../../src/app.ts'
import { connect } from '../../src/store/database.ts'

export { Hasher } from '../../src/accounts/hasher.ts'

const app = createApp(connect)

export default {
  async fetch(request, env, context) {
    if (!request.headers.has('X-Count-Rows')) return app.fetch(request, env, context)
    const sent = []
    const response = await app.fetch(request, { ...env, DB: watch(env.DB, sent) }, context)
    const counted = new Response(response.body, response)
    // The results that Drizzle reads have no `meta`, so each statement is sent again.
    const results = await Promise.all(sent.map((statement) => statement.all()))
    const sum = (figure) => results.reduce((total, { meta }) => total + meta[figure], 0)
    counted.headers.set('X-Cost', JSON.stringify([sum('rows_read'), sum('duration'), results.length]))
    return counted
  },
}

/** The same database. It adds each bound statement to `sent`: Drizzle binds a statement just before it sends it. */
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
  // A read without a token goes through a session of D1.
  const withSession = (...constraint) => watch(db.withSession(...constraint), sent)
  return Object.assign(Object.create(db), { prepare, withSession })
}
