// The write lock of one database: its holder, and the time limit while others wait.

/** The time that a transaction can hold the lock while another connection waits for it, in milliseconds. */
const txnTimeoutMs = 5000

export type Holder = {
  /** Ends the transaction of the holder. Its next statement fails. */
  rollBack(): void
}

export class WriteLock {
  #holder: Holder | undefined
  #since = 0

  get isHeld(): boolean {
    return this.#holder !== undefined
  }

  /** Records whether a connection holds the lock. */
  note(connection: Holder, holds: boolean): void {
    if (!holds && this.#holder === connection) this.#holder = undefined
    if (!holds || this.#holder === connection) return
    this.#holder = connection
    this.#since = performance.now()
  }

  /** Called by a waiting connection: rolls back a transaction that exceeded its time. */
  takeOverIfDue(): void {
    if (this.#holder === undefined || performance.now() - this.#since < txnTimeoutMs) return
    const holder = this.#holder
    this.#holder = undefined
    holder.rollBack()
  }
}
