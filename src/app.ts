/** The table of contents: what every request passes, in order, and what is mounted where. */
import { OpenAPIHono } from '@hono/zod-openapi'
import { requestId } from 'hono/request-id'
import { auditOf } from './audit.ts'
import { limitBody, requireJson } from './body.ts'
import type { Connect } from './db.ts'
import { readConfig, type AppEnv } from './env.ts'
import { securityHeaders, shareWithOrigins } from './headers.ts'
import { logRequest, tellTiming } from './log.ts'
import { tellMethods } from './methods.ts'
import { Problem, refuseInvalid, render } from './problem.ts'
import { addDocs } from './routes/docs.ts'
import { health } from './routes/health.ts'
import { home } from './routes/home.ts'
import { me } from './routes/me.ts'
import { posts } from './routes/posts.ts'
import { problems } from './routes/problems.ts'
import { recipes } from './routes/recipes.ts'
import { sessions } from './routes/sessions.ts'
import { profiles, users } from './routes/users.ts'

export function createApp(connect: Connect): OpenAPIHono<AppEnv> {
  const app = new OpenAPIHono<AppEnv>({ defaultHook: refuseInvalid })

  app.use(requestId({ limitLength: 64 }))
  app.use(logRequest)
  app.use(tellTiming)
  app.use(securityHeaders)
  app.use(async function configure(c, next) {
    const config = readConfig(c.env)
    c.set('config', config)
    c.set('db', connect(c.env, c.get('meter')))
    c.set('caller', { config, userAgent: c.req.header('User-Agent'), audit: auditOf(c.get('requestId')) })
    await next()
  })
  app.use(shareWithOrigins)
  app.use('/users/*', limitBody(64 * 1024))
  app.use(limitBody(2 * 1024 * 1024), requireJson)
  app.use(tellMethods(app))

  app.route('/users', users)
  app.route('/users/me', me)
  app.route('/users/me/sessions', sessions)
  app.route('/users', profiles)
  app.route('/posts', posts)
  app.route('/recipes', recipes)
  app.route('/problems', problems)
  app.route('/', health)
  app.route('/', home)
  addDocs(app)

  app.notFound((c) => render(new Problem('not-found'), c))
  app.onError(render)
  return app
}
