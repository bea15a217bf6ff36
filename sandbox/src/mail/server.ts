import type { AddressInfo } from 'node:net'
import PostalMime from 'postal-mime'
import { SMTPServer } from 'smtp-server'
import type { Clock } from '../clock.ts'
import { randomId } from '../ids.ts'
import type { Store } from '../store.ts'

/** A mail that was sent; `at` is ISO 8601 on the sandbox's clock. */
export type StoredMail = {
  id: string
  /** The recipients of the envelope, so that a blind copy is seen as well; several are separated by commas. */
  to: string
  subject: string
  text: string | null
  html: string | null
  /** What the sender called it, in the header `X-Kind` or `X-Tollgate-Kind`. */
  kind: string | null
  messageId: string | null
  at: string
}

const kindOfRow = 'mail'
const largestMail = 10 * 1024 * 1024

async function read(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks)
}

async function parse(raw: Buffer, recipients: string[], now: number): Promise<StoredMail> {
  const mail = await PostalMime.parse(raw)
  const header = (name: string) => mail.headers.find(({ key }) => key === name)?.value
  return {
    id: randomId('mail_', 24),
    to: recipients.join(', '),
    subject: mail.subject ?? '',
    text: mail.text ?? null,
    html: mail.html ?? null,
    kind: header('x-kind') ?? header('x-tollgate-kind') ?? null,
    messageId: mail.messageId ?? null,
    at: new Date(now * 1000).toISOString(),
  }
}

/**
 * An SMTP server on 127.0.0.1 that delivers nothing and keeps everything: any sender, any recipient, no password.
 * A mail is committed before it is acknowledged; one that comes twice is kept twice. `port` 0 takes a free one.
 */
export async function startMailServer(parts: {
  store: Store
  clock: Clock
  port: number
}): Promise<{ url: string; mails(): StoredMail[]; close(): Promise<void> }> {
  const { store, clock } = parts
  const server = new SMTPServer({
    banner: 'sandbox',
    authOptional: true,
    hideSTARTTLS: true,
    disableReverseLookup: true,
    size: largestMail,
    // A client that keeps its connection open must not keep the sandbox from stopping.
    closeTimeout: 500,
    onAuth: (auth, _session, done) => done(null, { user: auth.username ?? 'anyone' }),
    onData(stream, session, done) {
      const keep = async () => {
        const raw = await read(stream)
        if (stream.sizeExceeded) {
          throw Object.assign(new Error('The mail is larger than 10 MB.'), { responseCode: 552 })
        }
        const recipients = session.envelope.rcptTo.map(({ address }) => address)
        store.put(kindOfRow, await parse(raw, recipients, clock.now()))
        store.commit()
      }
      keep().then(() => done(), done)
    },
  })
  // A client that hangs up in the middle of a mail is its own affair; without a listener it would end the program.
  server.on('error', (error) => console.error('sandbox: mail:', error.message))
  await new Promise<void>((resolve, reject) => {
    server.server.once('error', reject)
    server.listen(parts.port, '127.0.0.1', resolve)
  })
  const { port } = server.server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    mails: () => [...store.all<StoredMail>(kindOfRow)],
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
