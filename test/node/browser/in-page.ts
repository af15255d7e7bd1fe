/** Actions of a page with the code of the guide. Functions passed to `evaluate` run in the page. */
import type { Page } from 'playwright-core'

declare const service: string
declare const signedIn: Promise<boolean>
declare const signIn: (email: string, password: string) => Promise<boolean>
declare const signOut: () => Promise<Response>
declare const call: (...request: Request) => Promise<Response>

type Request = [method: string, path: string, body?: object]

/** Whether the user was signed in when the page was loaded. Null if the request failed. */
export const isSignedIn = (page: Page) => page.evaluate(() => signedIn.catch(() => null))

export const enter = (page: Page, { email, password }: { email: string; password: string }) =>
  page.evaluate((given) => signIn(...given), [email, password] as const)

export const leave = (page: Page) => page.evaluate(async () => (await signOut()).status)

/** The response to a call, as the page sees it. */
export const ask = (page: Page, ...request: Request) =>
  page.evaluate(async (given) => {
    const response = await call(...given)
    const [etag, location] = ['ETag', 'Location'].map((name) => response.headers.get(name))
    return { status: response.status, etag, location, body: JSON.parse((await response.text()) || '{}') }
  }, request)

/** Replaces the access token of the page. */
export const setToken = (page: Page, accessToken: string) => page.evaluate(`token = ${JSON.stringify(accessToken)}`)

/** The statuses of concurrent calls with an expired access token. URLs differ, because the browser sends equal requests one by one. */
export async function callWithExpiredToken(page: Page, count: number) {
  await setToken(page, 'over')
  return page.evaluate(async (length) => {
    const responses = await Promise.all(Array.from({ length }, (_, at) => call('GET', `/posts?limit=${at + 1}`)))
    return responses.map(({ status }) => status)
  }, count)
}

/** The status of a refresh with the cookie only. */
export const refresh = (page: Page, mode: 'cors' | 'no-cors' = 'cors') =>
  page.evaluate(async (given) => {
    const { status } = await fetch(`${service}/users/refresh`, { method: 'POST', mode: given, credentials: 'include' })
    return status
  }, mode)
