/** What a page does with the README's code. Functions that are given to `evaluate` run in the page. */
import type { Page } from 'playwright-core'

declare const service: string
declare const signedIn: Promise<boolean>
declare const signIn: (email: string, password: string) => Promise<boolean>
declare const signOut: () => Promise<Response>
declare const call: (...request: Request) => Promise<Response>

type Request = [method: string, path: string, body?: object]

/** Whether the page found somebody signed in when it was loaded; null where it could not ask. */
export const isSignedIn = (page: Page) => page.evaluate(() => signedIn.catch(() => null))

export const enter = (page: Page, { email, password }: { email: string; password: string }) =>
  page.evaluate((given) => signIn(...given), [email, password] as const)

export const leave = (page: Page) => page.evaluate(async () => (await signOut()).status)

/** What the service answers to a call, as the page sees it. */
export const ask = (page: Page, ...request: Request) =>
  page.evaluate(async (given) => {
    const answer = await call(...given)
    const [etag, location] = ['ETag', 'Location'].map((name) => answer.headers.get(name))
    return { status: answer.status, etag, location, body: JSON.parse((await answer.text()) || '{}') }
  }, request)

/** Puts an access token in place of the one that the page has. */
export const hold = (page: Page, accessToken: string) => page.evaluate(`token = ${JSON.stringify(accessToken)}`)

/** So many calls at once with an access token that is over: their statuses. The browser asks one address once at a time. */
export async function askLate(page: Page, count: number) {
  await hold(page, 'over')
  return page.evaluate(async (length) => {
    const answers = await Promise.all(Array.from({ length }, (_, at) => call('GET', `/posts?limit=${at + 1}`)))
    return answers.map(({ status }) => status)
  }, count)
}

/** The status of a refresh by the cookie and nothing else. */
export const refresh = (page: Page, mode: 'cors' | 'no-cors' = 'cors') =>
  page.evaluate(async (given) => {
    const { status } = await fetch(`${service}/users/refresh`, { method: 'POST', mode: given, credentials: 'include' })
    return status
  }, mode)
