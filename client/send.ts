/** Sends requests for whoever is signed in, and what the service refused because the token is over once more. */
import type { Access, Session } from './session.ts'

export type Send = (request: Request) => Promise<Response>

/** Sends a request twice at most, and the second time only as the same user. */
export function sendFor(session: Session, fetch: Send): Send {
  return async function send(request) {
    const access = await session.current()
    // A token that the caller put there is the caller's affair.
    if (access.token === undefined || request.headers.has('Authorization')) return fetch(request)
    // A body is read once, so what may be sent twice is copied first.
    const copy = request.clone()
    const response = await fetch(bearing(access, request))
    if (!(await isRefused(response))) return response
    const next = await session.renew(access)
    return next ? fetch(bearing(next, copy)) : response
  }
}

function bearing({ token }: Access, request: Request): Request {
  request.headers.set('Authorization', `Bearer ${token}`)
  return request
}

async function isRefused(response: Response): Promise<boolean> {
  if (response.status !== 401) return false
  const problem: unknown = await response
    .clone()
    .json()
    .catch(() => null)
  return (
    typeof problem === 'object' && problem !== null && 'type' in problem && problem.type === '/problems/invalid-token'
  )
}
