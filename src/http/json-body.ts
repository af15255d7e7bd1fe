/** Reads the JSON body of a request: size, media type, encoding and syntax are checked before anything is validated. */
import { parse as parseContentType } from 'content-type'
import type { HonoRequest } from 'hono'
import { checkJsonStructure, countMembers } from './json-structure.ts'
import { NO_BODY, Problem, unsupportedMediaType } from './problem.ts'

/**
 * The JSON value of the body; undefined if the body has no bytes. Throws `content-too-large` (413),
 * `unsupported-media-type` (415) or `malformed-json` (400).
 */
export async function readJsonBody(request: HonoRequest, maxBytes: number): Promise<unknown> {
  const bytes = await readBytes(request.raw, maxBytes)
  if (bytes.length === 0) return undefined
  const encoding = request.header('Content-Encoding')?.trim().toLowerCase()
  // RFC 9110 §15.5.16: the response names the encodings that the service accepts.
  if (encoding && encoding !== 'identity') throw unsupportedMediaType({ 'Accept-Encoding': 'identity' })
  if (!isJson(request.header('Content-Type') ?? '')) throw unsupportedMediaType({ Accept: 'application/json' })
  const text = decode(bytes)
  const names = checkJsonStructure(bytes)
  const value = parse(text)
  // RFC 8259 §4: names should be unique. `JSON.parse` keeps the last of two members with the same name.
  if (names > countMembers(value)) throw malformed('An object has two members with the same name.')
  return value
}

/** Throws `malformed-json` for a body that is required and has no bytes. */
export function requireBody(value: unknown): void {
  if (value === undefined) throw new Problem('malformed-json', NO_BODY)
}

/** The bytes of the body. At most `maxBytes` of a body without `Content-Length` are read. */
export async function readBytes(request: Request, maxBytes: number): Promise<Uint8Array> {
  const tooLarge = () => new Problem('content-too-large', { detail: `The maximum body size is ${maxBytes} bytes.` })
  const declared = request.headers.get('Content-Length')
  if (Number(declared ?? 0) > maxBytes) throw tooLarge()
  if (!request.body) return new Uint8Array()
  const bytes = declared === null ? await readChunks(request.body, maxBytes) : await readWhole(request)
  if (!bytes || bytes.length > maxBytes) throw tooLarge()
  return bytes
}

const readWhole = async (request: Request) => new Uint8Array(await request.arrayBuffer())

/** Null if there are more bytes than allowed. */
async function readChunks(body: ReadableStream<Uint8Array>, maxBytes: number): Promise<Uint8Array | null> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body) {
    length += chunk.length
    if (length > maxBytes) return null
    chunks.push(chunk)
  }
  return concatenate(chunks, length)
}

function concatenate(chunks: Uint8Array[], length: number): Uint8Array {
  const [only] = chunks
  if (only && chunks.length === 1) return only
  const bytes = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk, offset)
    offset += chunk.length
  }
  return bytes
}

/** RFC 9110 §8.3.1: any parameters. RFC 8259 §8.1: no encoding other than UTF-8. */
function isJson(contentType: string): boolean {
  const { type, parameters } = parseContentType(contentType)
  return type === 'application/json' && /^utf-?8$/i.test(parameters['charset'] ?? 'utf-8')
}

/** RFC 8259 §8.1: UTF-8 without a byte order mark. `JSON.parse` alone would replace invalid bytes silently. */
function decode(bytes: Uint8Array): string {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
    if (!text.startsWith('\ufeff')) return text
  } catch {
    // Reported below.
  }
  throw malformed('The body must be UTF-8 without a byte order mark.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // The parser's message quotes the body, so only its position is sent.
    const [, line, column] = /\(line (\d+) column (\d+)\)$/.exec(String(error)) ?? []
    throw line ? malformed(`Invalid JSON at line ${line}, column ${column}.`) : new Problem('malformed-json')
  }
}

const malformed = (detail: string) => new Problem('malformed-json', { detail })
