/** Column types that the tables share. */
import { integer } from 'drizzle-orm/sqlite-core'

/** A time in milliseconds since the epoch. */
export const instant = (name: string) => integer(name, { mode: 'timestamp_ms' })

export const flag = (name: string) => integer(name, { mode: 'boolean' }).notNull().default(false)
