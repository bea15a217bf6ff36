import { setTimeout as delay } from 'node:timers/promises'
import type { Program } from './program.ts'

/** When the program is killed on its way through the story, in milliseconds after each request. */
export type Kills = { afterPaying: number; afterTracking: number; whileRenewing: number[] }

/** What is to be seen of the story when it is over, the same however often the program was killed on the way. */
export type Ending = {
  payments: [reason: string, status: string, amountCents: number][]
  numbers: number
  /** Each mail once by its Message-ID: sent twice under one, it reaches a person once. */
  mails: string[]
  usage: Record<string, number>
}

export const RIGHT_ENDING: Ending = {
  payments: [
    ['subscription_cycle', 'paid', 4580],
    ['subscription_create', 'paid', 4000],
  ],
  numbers: 1,
  mails: ['receipt', 'receipt', 'welcome'],
  usage: { voice_minutes: 0, sms_messages: 0, email_count: 0 },
}

/** Lives a month of AI Secretary, kill -9 at the given moments included, and answers how it ended. */
export async function liveKilled(program: Program, kills: Kills): Promise<Ending> {
  const { api, sandbox } = askerOf(program)
  const killAfter = async (pause: number) => {
    await delay(pause)
    await program.kill()
    await program.start()
  }
  await program.start()
  await api('/accounts', { externalId: 'clara', name: 'Clara', email: 'clara@example.com' })
  const { sessionId } = await api('/checkout', { plan: 'ai_secretary' })
  // The webhooks are on their way when the program dies.
  await sandbox(`/checkout/${sessionId}/pay`, { card: '4242424242424242' })
  await killAfter(kills.afterPaying)
  await sandbox('/clock/advance', { seconds: 0 })

  const minutes = { id: 'minutes', meter: 'voice_minutes', quantity: 150 }
  await api('/usage/track', minutes)
  await killAfter(kills.afterTracking)
  // What was answered is there; who sends it again changes nothing.
  const rest = [
    { id: 'messages', meter: 'sms_messages', quantity: 120 },
    { id: 'mails', meter: 'email_count', quantity: 45 },
  ]
  await api('/usage/track', { events: [minutes, ...rest] })

  const { subscription } = await api('/billing/subscription')
  const over = new Date(Date.parse(subscription.periodEnd) + 26 * 3_600_000).toISOString()
  for (const pause of kills.whileRenewing) {
    // Cut off by the kill, mostly: what counts is where the story stands afterwards.
    const moving = sandbox('/clock/advance', { to: over }).catch((error: unknown) => error)
    await killAfter(pause)
    await moving
  }
  const { now } = await sandbox('/clock')
  await sandbox('/clock/advance', Date.parse(now) < Date.parse(over) ? { to: over } : { seconds: 7200 })
  return endingOf(program)
}

async function endingOf(program: Program): Promise<Ending> {
  const { api, sandbox } = askerOf(program)
  const payments: { reason: string; status: string; amountCents: number }[] = (await api('/billing/payments'))
    .data
  const { mails }: { mails: { kind: string; messageId: string }[] } = await sandbox('/outbox')
  const sent = new Map(mails.map((mail) => [mail.messageId, mail.kind]))
  return {
    payments: payments.map(({ reason, status, amountCents }) => [reason, status, amountCents]),
    numbers: (await api('/phone/numbers')).data.length,
    mails: [...sent.values()].sort(),
    usage: (await api('/billing/usage')).usage,
  }
}

function askerOf(program: Program) {
  const ask = async (url: string, body?: unknown) => {
    const { apiKey } = program.connection()
    const answer = await fetch(url, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${apiKey}`,
        // Of the account that the first request makes.
        ...(url.endsWith('/api/accounts') ? {} : { 'tollgate-account': 'ext:clara' }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`)
    return JSON.parse(text)
  }
  return {
    api: (at: string, body?: unknown) => ask(`${program.connection().url}/api${at}`, body),
    sandbox: (at: string, body?: unknown) => ask(`${program.connection().sandbox.url}/_sandbox${at}`, body),
  }
}
