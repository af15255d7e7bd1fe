/** The interface of mail transports, and their error. */

/** A mail to one recipient. `id` is the same in repeated attempts, so that a provider can ignore a repetition. */
export type Mail = { id: string; to: string; subject: string; text: string; html: string }

/** Resolves when the provider has accepted the mail. Throws a `MailError` otherwise. */
export type Mailer = (mail: Mail) => Promise<void>

/** The mail was not accepted. The message names the transport and a status or code, never an address or a token. */
export class MailError extends Error {
  override name = 'MailError'
  /** Whether the same mail may be accepted later. */
  readonly isTemporary: boolean

  constructor(message: string, isTemporary: boolean) {
    super(message)
    this.isTemporary = isTemporary
  }
}
