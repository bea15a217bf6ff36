import { createTransport } from 'nodemailer'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createClock } from '../clock.ts'
import { openStore } from '../store.ts'
import { startMailServer } from './server.ts'

let server: Awaited<ReturnType<typeof startMailServer>>
const store = openStore(null)
beforeAll(async () => {
  const clock = createClock(store, Date.UTC(2026, 1, 10, 12) / 1000)
  server = await startMailServer({ store, clock, port: 0 })
})
afterAll(async () => {
  await server.close()
  store.close()
})

const transport = () => createTransport(server.url)

test('keeps a mail with its parts, its kind, and the clock’s time', async () => {
  await transport().sendMail({
    from: 'billing@app.example',
    to: 'Ada <ada@example.com>',
    subject: 'Welcome – grüß dich',
    text: 'Your number is +1 415 555 0100.',
    html: '<p>Your number is <b>+1 415 555 0100</b>.</p>',
    headers: { 'X-Tollgate-Kind': 'welcome' },
    messageId: '<one@app.example>',
  })
  const mail = server.mails().at(-1)
  expect(mail).toMatchObject({
    to: 'ada@example.com',
    subject: 'Welcome – grüß dich',
    kind: 'welcome',
    messageId: '<one@app.example>',
  })
  expect(mail?.text?.trim()).toBe('Your number is +1 415 555 0100.')
  expect(mail?.html).toContain('<b>+1 415 555 0100</b>')
  expect(mail?.at).toMatch(/^2026-02-10T12:0/)
})

test('a mail that comes twice is kept twice, and was committed', async () => {
  const mail = {
    from: 'a@app.example',
    to: 'twice@example.com',
    subject: 'Once?',
    text: 'x',
    messageId: '<two@app.example>',
  }
  await transport().sendMail({ ...mail, headers: { 'X-Kind': 'receipt' } })
  await transport().sendMail(mail)
  store.rollback()
  const kept = server.mails().filter(({ messageId }) => messageId === '<two@app.example>')
  expect(kept.map(({ kind }) => kind)).toEqual(['receipt', null])
  expect(new Set(kept.map(({ id }) => id)).size).toBe(2)
})

test('recipients are those of the envelope, blind copies too', async () => {
  await transport().sendMail({
    from: 'a@app.example',
    to: 'b@example.com',
    bcc: 'c@example.com',
    subject: 'S',
    text: 'x',
  })
  expect(server.mails().at(-1)).toMatchObject({ to: 'b@example.com, c@example.com', html: null })
})

test('a mail that is too large is refused and not kept', async () => {
  const before = server.mails().length
  const text = 'x'.repeat(1000).concat('\n').repeat(11_000)
  const sent = transport().sendMail({ from: 'a@app.example', to: 'b@example.com', subject: 'S', text })
  await expect(sent).rejects.toMatchObject({ responseCode: 552 })
  expect(server.mails()).toHaveLength(before)
})

test('takes any name and password', async () => {
  const withPassword = createTransport(server.url.replace('smtp://', 'smtp://name:secret@'))
  await withPassword.sendMail({ from: 'a@app.example', to: 'login@example.com', subject: 'S', text: 'x' })
  expect(server.mails().at(-1)?.to).toBe('login@example.com')
})
