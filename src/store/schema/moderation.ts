/** The tables of moderation: reports and the audit log. */
import { index, integer, sqliteTable, text, uniqueIndex } from 'drizzle-orm/sqlite-core'
import { users } from './accounts.ts'
import { instant } from './columns.ts'

/** What users report to the operators: one report for each user and item. */
export const reports = sqliteTable(
  'reports',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** The content type, which is the name of its table, and the id of the item. */
    type: text('type').notNull(),
    item_id: integer('item_id').notNull(),
    author_id: integer('author_id').notNull(),
    reporter_id: integer('reporter_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    reason: text('reason', { enum: ['spam', 'harassment', 'illegal', 'copyright', 'other'] }).notNull(),
    detail: text('detail'),
    status: text('status', { enum: ['open', 'resolved'] }).notNull(),
    /** How an operator resolved it, and who. */
    note: text('note'),
    resolved_by: integer('resolved_by'),
    resolved_at: instant('resolved_at'),
    created_at: instant('created_at').notNull(),
    version: integer('version').notNull(),
  },
  (t) => [
    uniqueIndex('reports_of_reporter').on(t.reporter_id, t.type, t.item_id),
    index('reports_by_status').on(t.status, t.id),
  ],
)

/**
 * What operators did. Triggers in `drizzle/` refuse every update, and the deletion of rows that are younger than 400 days.
 * No row refers to another table, so the entries about an account outlive it.
 */
export const auditLog = sqliteTable(
  'audit_log',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    created_at: instant('created_at').notNull(),
    /** `user:1`, `cli` or `system`. */
    actor: text('actor').notNull(),
    action: text('action', {
      enum: [
        // By `npm run operator`.
        'role-granted',
        'role-revoked',
        // By routes.
        'user-suspended',
        'suspension-lifted',
        'sessions-revoked',
        'password-reset-issued',
        'user-deleted',
        'item-hidden',
        'item-unhidden',
        'report-resolved',
        'report-reopened',
        'invitation-issued',
      ],
    }).notNull(),
    /** `user:1`, `posts:34`, `report:5`. */
    subject: text('subject').notNull(),
    /** The account that it concerns. */
    subject_user_id: integer('subject_user_id'),
    reason: text('reason'),
    request_id: text('request_id'),
  },
  (t) => [
    index('audit_log_by_subject').on(t.subject, t.id),
    index('audit_log_by_actor').on(t.actor, t.id),
    index('audit_log_by_actor_and_subject').on(t.actor, t.subject, t.id),
    index('audit_log_about_user').on(t.subject_user_id, t.id),
  ],
)
