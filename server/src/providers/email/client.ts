import { createTransport } from 'nodemailer'
import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import type { SendEmail } from './port.ts'

const TIMEOUT_MS = 15_000

export type EmailClient = { sendEmail: SendEmail; close(): void }

/** Mail by SMTP. `url` is smtp://user:password@host:port or smtps://…, `from` the sender that people see. */
export function emailClient(options: { url: string; from: string }): EmailClient {
  const transport = createTransport({
    url: options.url,
    pool: true,
    connectionTimeout: TIMEOUT_MS,
    greetingTimeout: TIMEOUT_MS,
    socketTimeout: TIMEOUT_MS,
    // What a mail says is ours to write; nothing in it may make this server read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  return {
    sendEmail: async ({ messageId, to, subject, text, html, kind }) => {
      try {
        await transport.sendMail({
          from: options.from,
          messageId,
          to: { name: '', address: to },
          subject,
          text,
          html,
          headers: { 'X-Tollgate-Kind': kind },
        })
      } catch (error) {
        throw failureOf(error)
      }
    },
    close: () => transport.close(),
  }
}

/** A 5xx to the envelope or the text is about this mail and final; everything else is about the server or the way. */
function failureOf(error: unknown): ProviderRefused | ProviderUnavailable {
  const { responseCode, code, message } = error as { responseCode?: number; code?: string; message: string }
  const isAboutTheMail = code === 'EENVELOPE' || code === 'EMESSAGE'
  if (isAboutTheMail && (responseCode === undefined || responseCode >= 500)) {
    return new ProviderRefused('The mail server', {
      code: String(responseCode ?? code),
      message,
      cause: error,
    })
  }
  return new ProviderUnavailable('The mail server', error)
}
