import { ProviderRefused, ProviderUnavailable } from '../../errors.ts'
import type { Database } from '../../lib/db.ts'
import type { SendEmail } from '../../providers/email/port.ts'
import type { TwilioPort } from '../../providers/twilio/port.ts'
import { numbersOf } from '../numbers/reads.ts'
import { ATTEMPTS_MAX, type Notification } from './notification.ts'
import { knownProviderIds, lockNotification } from './reads.ts'
import { markSending, markSent, noteError } from './writes.ts'

export type SendDeps = {
  db: Database
  sendEmail: SendEmail
  twilio: Pick<TwilioPort, 'sendMessage' | 'findMessages'>
  /** Who an SMS comes from where the account has no number of its own. */
  smsFrom: string | null
  publicUrl: string
}

/** Our clock and Twilio's may differ by this much. */
const CLOCKS_DIFFER_MS = 60_000

/**
 * Sends one message. It is marked before the provider is called, so a run that finds the mark knows that it may have
 * gone out: a mail goes again under the same Message-ID, an SMS is first looked for at Twilio.
 *
 * @throws {ProviderUnavailable} so that the queue tries again; the last try marks the message failed instead.
 */
export async function send(
  deps: SendDeps,
  { accountId, notificationId }: { accountId: string; notificationId: string },
): Promise<void> {
  const { db } = deps
  const found = await db.tenant(accountId, async (tx) => {
    const notification = await lockNotification(tx, accountId, notificationId)
    if (notification.status === 'sent' || notification.status === 'failed') return undefined
    await markSending(tx, notification)
    return notification
  })
  if (found === undefined) return
  try {
    const providerId = found.channel === 'email' ? await sendMail(deps, found) : await sendSms(deps, found)
    await db.tenant(accountId, (tx) => markSent(tx, found, providerId))
  } catch (error) {
    if (!(error instanceof ProviderRefused || error instanceof ProviderUnavailable)) throw error
    const isFinal = error instanceof ProviderRefused || found.attemptCount + 1 >= ATTEMPTS_MAX
    await db.tenant(accountId, (tx) => noteError(tx, found, { error: error.message, isFinal }))
    if (!isFinal) throw error
  }
}

async function sendMail({ sendEmail }: SendDeps, mail: Notification): Promise<null> {
  await sendEmail({
    messageId: mail.messageId,
    to: mail.recipient,
    subject: mail.subject ?? '',
    text: mail.bodyText,
    html: mail.bodyHtml ?? '',
    kind: mail.kind,
  })
  return null
}

async function sendSms(deps: SendDeps, sms: Notification): Promise<string> {
  const { db, twilio, publicUrl } = deps
  if (sms.status === 'sending') {
    const earlier = await findSent(deps, sms)
    if (earlier !== undefined) return earlier
  }
  const held = await db.tenant(sms.accountId, (tx) => numbersOf(tx, sms.accountId))
  const own = held.find((each) => each.capabilities.sms)
  const from = own?.e164 ?? deps.smsFrom
  if (from === null) {
    const message = 'there is no number to send from: the account has none, and no sender is configured'
    throw new ProviderRefused('Tollgate', { code: 'no_sender', message })
  }
  const statusUrl = `${publicUrl}/api/webhooks/twilio/status?kind=${sms.kind}`
  return (await twilio.sendMessage({ from, to: sms.recipient, body: sms.bodyText, statusUrl })).sid
}

/** The message at Twilio that an earlier try of this one left, if it left one. */
async function findSent({ db, twilio }: SendDeps, sms: Notification): Promise<string | undefined> {
  const since = sms.createdAt.getTime() - CLOCKS_DIFFER_MS
  const alike = (await twilio.findMessages(sms.recipient))
    .filter((each) => each.body === sms.bodyText && each.createdAt.getTime() >= since)
    .map((each) => each.sid)
  const others = await db.system((tx) => knownProviderIds(tx, alike))
  return alike.find((sid) => !others.has(sid))
}
