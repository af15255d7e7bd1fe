// The write lock of one database: which connection holds it, and for how long it may while others wait.

/** So long a transaction may hold the lock while another connection waits for it, in milliseconds. */
const txnTimeoutMs = 5000

export type Holder = {
  /** Ends the holder's transaction; its next statement fails. */
  rollBack(): void
}

export class WriteLock {
  #holder: Holder | undefined
  #since = 0

  get isHeld(): boolean {
    return this.#holder !== undefined
  }

  /** Notes whether a connection holds the lock now. */
  note(connection: Holder, holds: boolean): void {
    if (!holds && this.#holder === connection) this.#holder = undefined
    if (!holds || this.#holder === connection) return
    this.#holder = connection
    this.#since = performance.now()
  }

  /** For a connection that waits: a transaction that had its time is rolled back. */
  takeOverIfDue(): void {
    if (this.#holder === undefined || performance.now() - this.#since < txnTimeoutMs) return
    const holder = this.#holder
    this.#holder = undefined
    holder.rollBack()
  }
}
