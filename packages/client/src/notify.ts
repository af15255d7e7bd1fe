/** Calls a listener of the app. An error of the listener is reported like that of an event listener, and fails no request. */
export function notify<T>(listener: (value: T) => void, value: T): void {
  try {
    listener(value)
  } catch (error) {
    const report: unknown = Reflect.get(globalThis, 'reportError')
    if (typeof report === 'function') report(error)
    else console.error(error)
  }
}
