/** The export of an account: a streamed response. */
import { createRoute, z } from '@hono/zod-openapi'
import { StoredEmail } from '../accounts/email-address.ts'
import { requireAuth } from '../accounts/guards.ts'
import { exportAccount } from '../content/export.ts'
import { jsonStream } from '../http/json-stream.ts'
import { id, integer, jsonResponse, problemResponses, READ_PROBLEMS, timestamp } from '../http/openapi.ts'
import { createRouter } from '../http/router.ts'
import { lazy } from '../lazy.ts'
import { MAIL_PURPOSES } from '../store/schema.ts'
import { text } from '../text.ts'
import { IdempotencyKey } from './content/parameters.ts'
import { Me } from './me.ts'
import { AuditEntry, Report } from './operator-schema.ts'
import { Session } from './sessions.ts'

const Export = lazy(() =>
  z
    .object({
      exported_at: timestamp(),
      account: Me(),
      sessions: z.array(Session().omit({ current: true }).extend({ reauthenticated_at: timestamp() })),
      idempotency_keys: z.array(
        z.object({
          key: IdempotencyKey().openapi({ example: 'a-key-of-mine' }),
          item_id: id().nullable(),
          created_at: timestamp(),
        }),
      ),
      login_attempts: z.object({ failures: integer(1, Number.MAX_SAFE_INTEGER), failed_at: timestamp() }).nullable(),
      sign_in_networks: z.array(z.object({ signed_in_at: timestamp() })).openapi({
        description:
          'The time of the last sign-in from each known network, or of its renewal by a refresh. The networks are stored as digests.',
      }),
      mails: z.array(
        z.object({
          purpose: z.enum(MAIL_PURPOSES),
          recipient: StoredEmail().nullable(),
          requested_at: timestamp(),
          sent_at: timestamp().nullable(),
        }),
      ),
      audit_log: z.array(AuditEntry().pick({ created_at: true, action: true, subject: true, reason: true })),
      reports: z.array(
        Report().pick({ type: true, item_id: true, reason: true, detail: true, status: true, created_at: true }),
      ),
      content: z.record(
        z.string(),
        z.array(z.looseObject({ id: id(), title: text(1, 512).openapi({ example: 'A gate in a wall' }) })),
      ),
    })
    .openapi('Export', {
      description: 'The account, its sessions, and under `content` one list for each content type.',
    }),
)

const DISPOSITION = 'attachment; filename="postern-export.json"'

const Download = lazy(() =>
  z.object({
    'Content-Disposition': z.literal(DISPOSITION),
  }),
)

const route = createRoute({
  method: 'get',
  path: '/',
  operationId: 'exportMe',
  tags: ['me'],
  summary: 'Export my data',
  description:
    'The account, its sessions and all of its content, with drafts. Secrets are left out. The response is streamed: if the session ends meanwhile, the connection is closed before the JSON is complete.',
  ...requireAuth,
  responses: {
    200: jsonResponse(Export, 'A JSON file.', Download),
    ...problemResponses('unauthenticated', 'invalid-token', ...READ_PROBLEMS),
  },
})

export const accountExport = createRouter()

// `.openapi` requires `c.json` for a JSON response, which cannot stream: the document and the route are registered separately.
accountExport.openAPIRegistry.registerPath(route)
accountExport.get('/', requireAuth.middleware, async (c) => {
  const everything = await exportAccount(c.get('db'), c.get('caller'), c.get('currentUser'))
  return c.body(jsonStream(everything), 200, {
    'Content-Type': 'application/json',
    'Content-Disposition': DISPOSITION,
  })
})
