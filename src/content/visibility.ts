/** Whether a user can see an item: its author always, everyone else if it is published and no operator has withheld it. */
import { and, eq, exists, isNotNull, sql } from 'drizzle-orm'
import { isOperator } from '../accounts/roles.ts'
import type { BindableUser } from '../accounts/session.ts'
import type { CurrentUser } from '../http/context.ts'
import { users, type ContentTable } from '../store/schema.ts'
import type { Bindable, Builder } from '../store/statement.ts'
import type { Item } from './item.ts'

/**
 * The columns that `isVisible` needs beside those of the item. `users.suspended_at` has effect at once;
 * `author_suspended` follows it in steps.
 */
export function moderation(db: Builder, table: ContentTable, currentUser: BindableUser | null, now: Bindable<number>) {
  const isSuspended = exists(
    db
      .select({ id: users.id })
      .from(users)
      .where(and(eq(users.id, table.author_id), isNotNull(users.suspended_at))),
  )
  const isWithheld = sql`(${isNotNull(table.hidden_at)} or ${isSuspended})`
  const seesWithheld = currentUser
    ? sql`case when ${isWithheld} then ${isOperator(db, currentUser, now)} else 0 end`
    : sql`0`
  return {
    is_withheld: sql<number>`${isWithheld}`.as('is_withheld'),
    sees_withheld: sql<number>`${seesWithheld}`.as('sees_withheld'),
  }
}

type Seen = Pick<Item, 'author_id' | 'published_at' | 'hidden_at'> & { is_withheld: number; sees_withheld: number }

/** Whether the current user can know that the item exists. */
export function isVisible(
  { author_id, published_at, hidden_at, is_withheld, sees_withheld }: Seen,
  currentUser: CurrentUser | null,
  now: number,
): boolean {
  if (author_id === currentUser?.userId) return true
  if (is_withheld && !sees_withheld) return false
  // An operator can see a hidden item also if its author has unpublished it.
  return hidden_at !== null || (published_at !== null && published_at.getTime() <= now)
}
