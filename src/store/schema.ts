/** All tables. The names of properties, columns and JSON fields are the same. */
export * from './schema/accounts.ts'
export * from './schema/content.ts'
export * from './schema/mail.ts'
export * from './schema/moderation.ts'
