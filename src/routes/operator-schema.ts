/** The schemas that the routes for operators share: users, reports, audit entries, reasons and pages. */
import { z } from '@hono/zod-openapi'
import { sha256 } from '@noble/hashes/sha2.js'
import { utf8ToBytes } from '@noble/hashes/utils.js'
import { id, integer, opaque, timestamp } from '../http/openapi.ts'
import { lazy } from '../lazy.ts'
import { MAX_COUNT } from '../operators/users.ts'
import { auditLog, contentTables, reports, users } from '../store/schema.ts'
import { nonBlankText, text } from '../text.ts'

const EXAMPLE_TIME = '2026-11-22T09:30:00.000Z'

/** A username of an imported account can be any text. */
const name = lazy(() => text(1, 255).openapi({ example: '홍길동' }))

export const Reason = lazy(() =>
  nonBlankText(1, 500).openapi({
    description: 'Why. The audit log keeps it, and the export of the user that it concerns shows it.',
    example: 'Posted the same advertisement 300 times.',
  }),
)
export const Decision = lazy(() => z.strictObject({ reason: Reason() }).openapi('Decision'))

/** A restriction can be lifted without a reason. */
export const OptionalDecision = lazy(() => z.strictObject({ reason: Reason().nullish() }).openapi('OptionalDecision'))

const counted = lazy(() => integer(0, MAX_COUNT).openapi({ example: 3 }))

export const User = lazy(() =>
  z
    .object({
      id: id(),
      username: name(),
      email: text(1, 254).nullable().openapi({ example: 'hong@example.com' }),
      email_verified: z.boolean(),
      role: z.enum(users.role.enumValues),
      created_at: timestamp(),
      last_login_at: timestamp().nullable(),
      suspended_at: timestamp().nullable(),
      suspension_reason: Reason().nullable(),
      sessions: counted(),
      items: z.object(Object.fromEntries(Object.keys(contentTables).map((type) => [type, counted()]))),
    })
    .openapi('User', {
      description: `A user as operators see it. Sessions and items are counted up to ${MAX_COUNT}.`,
      example: {
        id: 1,
        username: '홍길동',
        email: 'hong@example.com',
        email_verified: true,
        role: 'member',
        created_at: EXAMPLE_TIME,
        last_login_at: EXAMPLE_TIME,
        suspended_at: null,
        suspension_reason: null,
        sessions: 1,
        items: Object.fromEntries(Object.keys(contentTables).map((type) => [type, 3])),
      },
    }),
)

export const PasswordResetLink = lazy(() =>
  z
    .object({ token: opaque(2_000), url: z.url().openapi({ maxLength: 3_000 }), expires_at: timestamp() })
    .openapi('PasswordResetLink', {
      example: {
        token: 'reset.1.0.1.mac',
        url: 'https://app.example.com/reset#reset.1.0.1.mac',
        expires_at: EXAMPLE_TIME,
      },
    }),
)

export const Invitation = lazy(() =>
  z
    .object({ invitation: opaque(2_000), expires_at: timestamp() })
    .openapi('Invitation', { example: { invitation: 'invite.1.0.1.mac', expires_at: EXAMPLE_TIME } }),
)

/** Inline and not a component, because a reference cannot be nullable. The name is null if the account was deleted. */
const person = lazy(() => z.object({ id: id(), username: name().nullable() }))

export const Note = lazy(() => nonBlankText(1, 500).openapi({ example: 'Hidden.' }))

/** The body of a report of an item. */
export const ReportDraft = lazy(() =>
  z
    .strictObject({ reason: z.enum(reports.reason.enumValues), detail: nonBlankText(1, 1_000).nullish() })
    .openapi('ReportDraft', { example: { reason: 'spam' } }),
)

export const Report = lazy(() =>
  z
    .object({
      id: id(),
      type: text(1, 50).openapi({ example: 'posts', description: 'The content type of the reported item.' }),
      item_id: id(),
      author: person(),
      reporter: person(),
      reason: z.enum(reports.reason.enumValues),
      detail: text(1, 1_000).nullable(),
      status: z.enum(reports.status.enumValues),
      note: Note().nullable(),
      created_at: timestamp(),
      resolved_at: timestamp().nullable(),
      resolved_by: person().nullable(),
      version: integer(1, Number.MAX_SAFE_INTEGER),
    })
    .openapi('Report', {
      example: {
        id: 1,
        type: 'posts',
        item_id: 1,
        author: { id: 2, username: 'spammer' },
        reporter: { id: 1, username: '홍길동' },
        reason: 'spam',
        detail: null,
        status: 'open',
        note: null,
        created_at: EXAMPLE_TIME,
        resolved_at: null,
        resolved_by: null,
        version: 1,
      },
    }),
)

export const ReportUpdate = lazy(() =>
  z
    .strictObject({ status: z.enum(reports.status.enumValues), note: Note().nullish() })
    .refine(({ status, note }) => status === 'open' || note != null, {
      error: 'Required when `status` is `resolved`.',
      path: ['note'],
    })
    .openapi('ReportUpdate', { example: { status: 'resolved', note: 'Hidden.' } }),
)

/** An actor or a target: `user:1`, `posts:34`, `report:5` or `cli`. */
export const Reference = lazy(() =>
  z
    .string()
    .regex(/^[a-z_]{1,50}(:[1-9]\d{0,15})?$/, 'Must be a reference such as `user:1` or `cli`.')
    .openapi({ maxLength: 70, example: 'user:1' }),
)

export const AuditEntry = lazy(() =>
  z
    .object({
      id: id(),
      created_at: timestamp(),
      actor: Reference().openapi({ description: '`user:` and an id, `cli` for `npm run operator`, or `system`.' }),
      action: z.enum(auditLog.action.enumValues),
      subject: Reference().openapi({ description: '`user:`, `report:` or a content type and `:`, and an id.' }),
      reason: text(1, 500).nullable(),
      request_id: text(1, 64).nullable(),
    })
    .openapi('AuditEntry', {
      example: {
        id: 1,
        created_at: EXAMPLE_TIME,
        actor: 'user:1',
        action: 'user-suspended',
        subject: 'user:2',
        reason: 'Posted the same advertisement 300 times.',
        request_id: 'c3899e24-5f1f-44be-b926-0c34af5058d6',
      },
    }),
)

/** An entity tag for a resource without a version: a digest of everything that the response shows. */
export const digestTag = (shown: unknown) =>
  `"${sha256(utf8ToBytes(JSON.stringify(shown)))
    .slice(0, 16)
    .toBase64({ alphabet: 'base64url', omitPadding: true })}"`
