/** Calls a listener of the app. One that throws is reported as an event listener is, and makes no request fail. */
export function notify<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value)
  } catch (error) {
    const report: unknown = Reflect.get(globalThis, 'reportError')
    if (typeof report === 'function') report(error)
    else console.error(error)
  }
}
