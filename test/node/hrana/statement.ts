// `execute`: one statement with its arguments, and its result.

import type { Bindings, Connection, Outcome } from './connection.ts'
import { ProtocolError, ResponseError } from './errors.ts'
import { maxValueBytes } from './limits.ts'
import type { Stmt } from './proto.ts'
import { parseSql } from './sql.ts'
import type { Statement } from './sql.ts'
import { fromEngineValue, toEngine } from './value.ts'
import type { EngineValue, Value } from './value.ts'

export type Sqls = ReadonlyMap<number, string>

export type StmtResult = {
  cols: { name: string; decltype: string | null }[]
  rows: Value[][]
  affected_row_count: number
  last_insert_rowid: string | null
}

/** The `Stmt` of a request with its parsed statement. */
export type Query = { statement: Statement; stmt: Stmt }

type SqlRef = { sql?: string | null | undefined; sql_id?: number | null | undefined }

export const sqlOf = (ref: SqlRef, sqls: Sqls): string => {
  const { sql, sql_id: sqlId } = ref
  if (typeof sql === 'string') {
    if (typeof sqlId === 'number') throw new ProtocolError('Either `sql` or `sql_id` are required, but not both')
    return sql
  }
  if (typeof sqlId !== 'number') throw new ProtocolError('Either `sql` or `sql_id` are required')
  const stored = sqls.get(sqlId)
  if (stored === undefined) throw new ProtocolError(`SQL text ${sqlId} not found`)
  return stored
}

const argsInvalid = (reason: string): ResponseError =>
  new ResponseError(`Arguments do not match SQL parameters: ${reason}`, 'ARGS_INVALID')

const lengthOf = (value: EngineValue): number =>
  typeof value === 'string' || value instanceof Uint8Array ? Buffer.byteLength(value) : 0

/** The values of the parameters. Throws for a missing one, which the engine would bind as NULL. */
const bindArgs = ({ statement, stmt }: Query): Bindings => {
  const { parameters, verb } = statement
  const named = new Map(stmt.named_args.map(({ name, value }) => [name, value]))
  const given = stmt.args.length + named.size
  if (given > parameters.length) {
    throw argsInvalid(`too many parameters, expected ${parameters.length} found ${given}`)
  }
  const bindings: Bindings = [{}]
  for (const [index, name] of parameters.entries()) {
    // an argument without a name binds the parameter at its position, even if that has a name
    const value = stmt.args[index] ?? (name && (named.get(name) ?? named.get(name.slice(1))))
    if (!value && verb !== 'explain') throw argsInvalid(`value for parameter ${name ?? index + 1} not found`)
    const bound = value ? toEngine(value) : null
    if (lengthOf(bound) > maxValueBytes) throw argsInvalid('string or blob too big')
    if (name === undefined || name.startsWith('?')) bindings.push(bound)
    else bindings[0][name] = bound
  }
  return bindings
}

export const toQuery = (stmt: Stmt, sqls: Sqls): Query => {
  const [statement, ...others] = parseSql(sqlOf(stmt, sqls))
  if (statement === undefined) {
    throw new ResponseError('SQL string does not contain any statement', 'SQL_NO_STATEMENT')
  }
  if (others.length > 0) {
    throw new ResponseError('SQL string contains more than one statement', 'SQL_MANY_STATEMENTS')
  }
  if (!statement.isSupported) {
    const message = `SQL string could not be parsed: unsupported statement: ${statement.sql}`
    throw new ResponseError(message, 'SQL_PARSE_ERROR')
  }
  if (stmt.args.length > 0 && stmt.named_args.length > 0) {
    const message = 'Specifying both positional and named arguments is not supported'
    throw new ResponseError(message, 'ARGS_BOTH_POSITIONAL_AND_NAMED')
  }
  return { statement, stmt }
}

const isInsert = (verb: string): boolean => verb === 'insert' || verb === 'replace'
const isChange = (verb: string): boolean => isInsert(verb) || verb === 'update' || verb === 'delete'

/** The number of bytes of a value or of a column description in JSON. */
const sizeOf = (value: Value): number =>
  value.type === 'blob' ? Buffer.byteLength(value.base64, 'base64') : Buffer.byteLength(JSON.stringify(value))

/** `allow` is called with the size of each part of the result, and throws if the result is too large. */
const toResult = ({ columns, rows }: Outcome, wantRows: boolean, allow: (bytes: number) => void) => {
  const cols = columns.map(({ name, type }) => ({ name, decltype: type }))
  for (const col of cols) allow(Buffer.byteLength(JSON.stringify(col)))
  if (!wantRows) return { cols, rows: [] }
  return {
    cols,
    rows: rows.map((row) =>
      row.map((cell) => {
        const value = fromEngineValue(cell)
        allow(sizeOf(value))
        return value
      }),
    ),
  }
}

export const execute = async (
  connection: Connection,
  query: Query,
  signal: AbortSignal,
  allow: (bytes: number) => void,
): Promise<StmtResult> => {
  const { statement, stmt } = query
  const outcome = await connection.run(statement, bindArgs(query), signal)
  return {
    ...toResult(outcome, stmt.want_rows ?? true, allow),
    // after a statement that cannot change rows, the counters of the engine still have the values of the last change
    affected_row_count: isChange(statement.verb) ? Number(outcome.changes) : 0,
    last_insert_rowid: isInsert(statement.verb) ? String(outcome.lastInsertRowid) : null,
  }
}
