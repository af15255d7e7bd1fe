/** The middleware that every request passes, in order, and the routes with their paths. */
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { HonoRequest } from 'hono'
import { auditLogger } from './accounts/audit.ts'
import { coloOf, deriveInPool, matchInPool } from './accounts/hasher-pool.ts'
import { deriveInline } from './accounts/key-derivation.ts'
import { matchInline } from './accounts/password.ts'
import { compatApiOf, compatCors, documentCompatApi, mountCompatApi, renderCompatError, tagOf } from './compat/api.ts'
import { selectCompatApis } from './compat/apis.ts'
import { readConfig } from './config.ts'
import { type AppEnv } from './http/context.ts'
import { allowedOriginsCors } from './http/headers.ts'
import { allowedMethods } from './http/methods.ts'
import { clientCountry, clientNetwork } from './http/rate-limit.ts'
import { renderProblem } from './http/render.ts'
import { logRequest } from './http/request-log.ts'
import { createRouter } from './http/router.ts'
import { installValidationMessages } from './http/validation-messages.ts'
import { deliver } from './mail/delivery.ts'
import { mailerOf } from './mail/transports.ts'
import { addDocs } from './routes/docs.ts'
import { accountExport } from './routes/export.ts'
import { health } from './routes/health.ts'
import { home } from './routes/home.ts'
import { mailPages } from './routes/mail-pages.ts'
import { me } from './routes/me.ts'
import { notFound } from './routes/not-found.ts'
import { operator } from './routes/operator.ts'
import { posts } from './routes/posts.ts'
import { problems } from './routes/problems.ts'
import { profiles } from './routes/profiles.ts'
import { recipes } from './routes/recipes.ts'
import { recovery } from './routes/recovery.ts'
import { sessions } from './routes/sessions.ts'
import { users } from './routes/users.ts'
import type { Connect, ReadFrom } from './store/database.ts'

installValidationMessages()

/** A read without a token depends on no session and no role, so a replica can serve it. */
const readFrom = ({ method, path, raw }: HonoRequest): ReadFrom =>
  ['GET', 'HEAD'].includes(method) && !raw.headers.has('Authorization') && path !== '/health' ? 'nearest' : 'primary'

/** Creates the app. `compat` lists the old APIs to mount: see `COMPAT` in wrangler.toml. */
export function createApp(connect: Connect, compat = 'board,recipes'): OpenAPIHono<AppEnv> {
  const app = createRouter()
  const compatApis = selectCompatApis(compat)

  const { checkLiteralPath, respondToOtherMethods } = allowedMethods(app)

  app.use(logRequest)
  app.use(function configure(c, next) {
    const config = readConfig(c.env)
    c.set('config', config)
    c.set('db', connect(c.env, c.get('queryStats'), readFrom(c.req)))
    const { HASHER } = c.env
    c.set('caller', {
      config,
      requestId: c.get('requestId'),
      get userAgent() {
        return c.req.header('User-Agent')
      },
      get network() {
        return clientNetwork(c.req.raw) ?? 'unknown'
      },
      derive: (...input) => (HASHER ? deriveInPool(HASHER, coloOf(c.req.raw)) : deriveInline)(...input),
      matchLegacy: (...input) => (HASHER ? matchInPool(HASHER, coloOf(c.req.raw)) : matchInline)(...input),
      audit: auditLogger(c.get('requestId'), () => ({
        network: clientNetwork(c.req.raw),
        country: clientCountry(c.req.raw),
      })),
      deliver: (mailId, delay = 0) => {
        const { mail } = config
        if (!mail) return
        const send = () => deliver(connect(c.env), config, mailerOf(mail), mailId)
        c.executionCtx.waitUntil(delay > 0 ? scheduler.wait(delay).then(send) : send())
      },
    })
    if (compatApiOf(compatApis, c.req.path)) return compatCors(c, next)
    return allowedOriginsCors(c, () => checkLiteralPath(c, next))
  })

  app.route('/users', users)
  app.route('/users', recovery)
  app.route('/users/me', me)
  app.route('/users/me/export', accountExport)
  app.route('/users/me/sessions', sessions)
  app.route('/users', profiles)
  app.route('/posts', posts)
  app.route('/recipes', recipes)
  app.route('/operator', operator)
  app.route('/problems', problems)
  app.route('/', health)
  app.route('/', home)
  app.route('/', mailPages)
  for (const api of compatApis) mountCompatApi(app, api)
  addDocs(app, compatApis.map(tagOf), () => {
    for (const api of compatApis) documentCompatApi(app, api)
  })

  app.notFound((c) => respondToOtherMethods(c) ?? notFound(c))
  app.onError((error, c) => {
    const api = compatApiOf(compatApis, c.req.path)
    return api ? renderCompatError(api, error, c) : renderProblem(error, c)
  })
  return app
}
