/** The types of a call: its path, parameters, body and result, from the generated types of the API. */
import type { PosternError } from './error.ts'
import type { paths } from './schema.ts'

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete'

/** Exactly one of `data` and `error` is set. `data` is null if a success has no body. */
export type Outcome<T> = { data: T; error?: undefined } | { data?: undefined; error: PosternError }

/** An outcome and its response. An error may have no response. */
export type Result<T> =
  | { data: T; error?: undefined; response: Response }
  | { data?: undefined; error: PosternError; response?: Response | undefined }

export type PathWith<M extends Method> = { [P in keyof paths]: paths[P][M] extends object ? P : never }[keyof paths]

export type Operation<P extends keyof paths, M extends Method> = NonNullable<paths[P][M]>

type Success<Op> = Op extends { responses: infer R } ? R[Extract<keyof R, 200 | 201 | 202 | 204>] : never

type MediaOf<S> = S extends { content: infer C } ? keyof C : never
type BodyOf<S, A> = S extends { content: infer C } ? (A extends keyof C ? C[A] : never) : null

/** The media types of a success. */
export type Media<Op> = MediaOf<Success<Op>>

/** The body of a success in a media type, or null without a body. */
export type Data<Op, A = 'application/json'> = BodyOf<Success<Op>, A>

/** How a body is read: parsed as JSON, or as a blob or a stream. */
export type ParseAs = 'json' | 'blob' | 'stream'

export type Parsed<D, As extends ParseAs> = D extends null
  ? null
  : As extends 'blob'
    ? Blob
    : As extends 'stream'
      ? ReadableStream<Uint8Array>
      : D

type Params<Op> = Op extends { parameters: infer P } ? Pick<P, Extract<keyof P, 'query' | 'header' | 'path'>> : object

type WithParams<Op> = object extends Params<Op> ? { params?: Params<Op> } : { params: Params<Op> }

type JsonOf<Op> = Op extends { requestBody?: infer B }
  ? NonNullable<B> extends { content: { 'application/json': infer J } }
    ? J
    : never
  : never

/** The JSON body of a request. */
export type Body<P extends keyof paths, M extends Method> = JsonOf<Operation<P, M>>

type WithBody<Op> = [JsonOf<Op>] extends [never]
  ? { body?: undefined }
  : Op extends { requestBody: object }
    ? { body: JsonOf<Op> }
    : { body?: JsonOf<Op> }

export type Options = {
  headers?: Record<string, string>
  signal?: AbortSignal
  /** The timeout of the request in milliseconds. Default: that of the client. */
  timeout?: number
}

type Reading<Op, A, As> = {
  /** The requested media type. Default: `application/json`. */
  accept?: A & Media<Op>
  /** Default: `json`. With `stream`, the timeout applies until the headers have arrived. */
  parseAs?: As
}

type Init<Op, A, As> = WithParams<Op> & WithBody<Op> & Reading<Op, A, As> & Options

type Arguments<I> = object extends I ? [init?: I] : [init: I]

/** A method of the client: `client.GET('/posts', { params: { query: { limit: 10 } } })`. */
export type Call<M extends Method> = <
  P extends PathWith<M>,
  A extends string = 'application/json',
  As extends ParseAs = 'json',
>(
  path: P,
  ...init: Arguments<Init<Operation<P, M>, A, As>>
) => Promise<Result<Parsed<Data<Operation<P, M>, A>, As>>>

type Page = { items: unknown[]; next_cursor: string | null }

/** The paths whose `GET` returns a page of a list. */
export type ListPath = {
  [P in PathWith<'get'>]: Data<Operation<P, 'get'>> extends Page
    ? Operation<P, 'get'> extends { parameters: { path: object } }
      ? never
      : P
    : never
}[PathWith<'get'>]

export type ItemOf<P extends ListPath> = Data<Operation<P, 'get'>> extends { items: (infer Item)[] } ? Item : never

export type QueryOf<P extends ListPath> =
  Operation<P, 'get'> extends { parameters: { query?: infer Q } } ? NonNullable<Q> : never

/** The paths of items that have versions. */
export type EditPath = {
  [P in PathWith<'patch'>]: Operation<P, 'patch'> extends { parameters: { path: { id: unknown } } } ? P : never
}[PathWith<'patch'>]
