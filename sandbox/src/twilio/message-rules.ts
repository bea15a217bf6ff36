import { isE164 } from './inventory.ts'
import { hasOptedOut } from './opt-outs.ts'
import { ownerOf } from './owned-numbers.ts'
import { Refusal } from './refusal.ts'
import type { World } from './world.ts'

/** Twilio's test number that may send on every account, also on one that owns no number yet. */
const testSender = '+15005550006'

const notASender = (from: string) =>
  new Refusal(
    21606,
    `The 'From' phone number ${from} is not a valid message-capable Twilio phone number for this destination.`,
  )

const magicFrom: Readonly<Record<string, (from: string) => Refusal>> = {
  '+15005550001': (from) => new Refusal(21212, `Invalid From Number (caller ID): ${from}`),
  '+15005550008': () =>
    new Refusal(21611, "This 'From' number has exceeded the maximum number of queued messages"),
}

const magicTo: Readonly<Record<string, (to: string) => Refusal>> = {
  '+15005550001': (to) => new Refusal(21211, `Invalid 'To' Phone Number: ${to}`),
  '+15005550002': () => new Refusal(21612, "The 'To' phone number is not currently reachable via SMS"),
  '+15005550003': () =>
    new Refusal(
      21408,
      "Permission to send an SMS has not been enabled for the region indicated by the 'To' number",
    ),
  '+15005550004': () => new Refusal(21610, 'Attempt to send to unsubscribed recipient'),
  '+15005550009': () => new Refusal(21614, "'To' number is not a valid mobile number"),
}

/** A name as sender: up to 11 letters, digits and spaces with at least one letter. */
const isName = (from: string) => /^(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}$/.test(from)

function checkSender(world: World, account: string, from: string, to: string): void {
  const refused = magicFrom[from]
  if (refused) throw refused(from)
  if (from === testSender) return
  if (isName(from)) {
    // Networks of the United States and Canada carry no names.
    if (!to.startsWith('+1')) return
    throw new Refusal(
      21612,
      `The 'To' phone number ${to} is not currently reachable via SMS from the name ${from}`,
    )
  }
  if (!isE164(from) && !/^\d{5,6}$/.test(from)) {
    throw new Refusal(21212, `Invalid From Number (caller ID): ${from}`)
  }
  const number = ownerOf(world.store, from)
  if (number?.account !== account || !number.capabilities.sms) throw notASender(from)
}

/** Checks a message as Twilio does before it queues it. */
export function checkMessage(
  world: World,
  account: string,
  message: { From?: string; To?: string; Body?: string },
): { from: string; to: string; body: string } {
  const { From: from, To: to, Body: body } = message
  if (!to) throw new Refusal(21604, "The destination 'To' phone number is required to send an SMS")
  if (!from)
    throw new Refusal(21603, "A 'From' or 'MessagingServiceSid' parameter is required to send a message")
  if (!body) throw new Refusal(21602, 'Message body is required')
  if ([...body].length > 1600) {
    throw new Refusal(21617, 'The concatenated message body exceeds the 1600 character limit')
  }
  const refused = magicTo[to]
  if (refused) throw refused(to)
  if (!isE164(to)) throw new Refusal(21211, `Invalid 'To' Phone Number: ${to}`)
  if (from === to) throw new Refusal(21266, "'To' and 'From' number cannot be the same")
  checkSender(world, account, from, to)
  if (hasOptedOut(world.store, { number: from, person: to })) {
    throw new Refusal(21610, 'Attempt to send to unsubscribed recipient')
  }
  return { from, to, body }
}
