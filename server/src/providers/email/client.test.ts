import type { AddressInfo, Socket } from 'node:net'
import { createServer } from 'node:net'
import { startSandbox } from 'tollgate-sandbox'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import { emailClient } from './client.ts'
import type { Email } from './port.ts'

let sandbox: Awaited<ReturnType<typeof startSandbox>>
beforeAll(async () => {
  sandbox = await startSandbox({})
})
afterAll(() => sandbox.close())

const mail: Email = {
  messageId: '<ntf_1@billing.example>',
  to: 'ada@example.com',
  subject: 'Grüße, and a receipt',
  text: 'plain words',
  html: '<p>words</p>',
  kind: 'receipt',
}

test('a mail arrives in both forms and with its kind', async () => {
  const client = emailClient({ url: sandbox.smtpUrl, from: 'Example <billing@example.com>' })
  await client.sendEmail(mail)
  client.close()
  const outbox = await fetch(`${sandbox.url}/_sandbox/outbox?to=ada@example.com`)
  const { mails } = (await outbox.json()) as { mails: object[] }
  expect(mails).toMatchObject([
    { to: mail.to, subject: mail.subject, text: 'plain words\n', html: '<p>words</p>\n', kind: 'receipt' },
  ])
})

/** A mail server that answers each recipient as told (null: it hangs up) and keeps what it is given. */
async function startMailServer(answer: string | null) {
  const sockets = new Set<Socket>()
  let mail = ''
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.write('220 here\r\n')
    let inMail = false
    socket.on('data', (data) => {
      const text = data.toString()
      if (inMail) mail += text
      if (inMail && !text.endsWith('\r\n.\r\n')) return
      if (text.startsWith('RCPT') && answer === null) return socket.destroy()
      inMail = text.startsWith('DATA')
      const replies: Record<string, string | null> = { RCPT: answer, DATA: '354 go on', QUIT: '221 bye' }
      socket.write(`${replies[text.slice(0, 4)] ?? '250 ok'}\r\n`)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `smtp://127.0.0.1:${port}`,
    received: () => mail,
    close: () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

test('a mail bears our Message-ID and sender', async () => {
  const server = await startMailServer('250 ok')
  const client = emailClient({ url: server.url, from: 'Example <billing@example.com>' })
  await client.sendEmail(mail)
  client.close()
  server.close()
  expect(server.received()).toContain('\r\nMessage-ID: <ntf_1@billing.example>\r\n')
  expect(server.received()).toContain('From: Example <billing@example.com>\r\n')
})

test.each([
  ['a recipient that does not exist is refused', '550 no such mailbox', ProviderRefused],
  ['a server that asks for patience is unavailable', '451 try later', ProviderUnavailable],
  ['a server that hangs up is unavailable', null, ProviderUnavailable],
])('%s', async (_, answer, kind) => {
  const server = await startMailServer(answer)
  const client = emailClient({ url: server.url, from: 'billing@example.com' })
  expect(await client.sendEmail(mail).catch((error) => error)).toBeInstanceOf(kind)
  client.close()
  server.close()
})
