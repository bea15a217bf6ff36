export type Email = {
  /** Ours, and the same each time the mail is tried: a mailbox that got it twice shows it once. With its brackets. */
  messageId: string
  to: string
  subject: string
  text: string
  html: string
  /** What the mail is about; it goes along in a header. */
  kind: string
}

/**
 * Hands a mail to the mail server, which has accepted it when this ends.
 *
 * @throws {ProviderRefused} where the server will never take this mail.
 * @throws {ProviderUnavailable} where it may take it later, or may have taken it.
 */
export type SendEmail = (email: Email) => Promise<void>
