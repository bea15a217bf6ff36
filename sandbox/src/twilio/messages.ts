import { sendCallback } from './callbacks.ts'
import { inboundSmsCharge, outboundSmsCharge } from './charge.ts'
import { inDates } from './dates.ts'
import {
  allMessages,
  findMessage,
  type Message,
  messagesOf,
  putMessage,
  showIncoming,
  showMessage,
} from './message.ts'
import { checkMessage } from './message-rules.ts'
import { noteOptOut } from './opt-outs.ts'
import type { OwnedNumber } from './owned-numbers.ts'
import { pageOf, pageParameters } from './paging.ts'
import { checkUrl } from './parameters.ts'
import { json, Refusal } from './refusal.ts'
import { type Route, route } from './router.ts'
import { segmentsOf } from './segments.ts'
import { newSid } from './sids.ts'
import type { World } from './world.ts'

/** An SMS that left, as the outbox shows it; `at` is ISO 8601 on the sandbox's clock. */
export type SentMessage = {
  id: string
  to: string
  from: string
  body: string
  /** What the sender called it: the query parameter `kind` of its status callback's address. */
  kind: string | null
  at: string
}

const step = 'twilio.message.step'
const secondsPerStep = 1

function scheduleStep({ clock }: World, message: Message): void {
  clock.schedule({
    id: `${step} ${message.id}`,
    at: clock.now() + secondsPerStep,
    what: step,
    object: message.id,
  })
}

function sendStatus(world: World, message: Message): void {
  const account = world.accounts.find(message.account)
  if (!message.statusCallback || !account) return
  sendCallback(world, account, {
    url: message.statusCallback,
    type: `message.${message.status}`,
    object: message.id,
    form: {
      SmsSid: message.id,
      SmsStatus: message.status,
      MessageStatus: message.status,
      To: message.to,
      MessageSid: message.id,
      AccountSid: message.account,
      From: message.from,
      ApiVersion: '2010-04-01',
    },
  })
}

/** A message's way on the clock: queued, sent, delivered. The first state has no callback, each later one has. */
export function playMessages(world: World): void {
  const { clock, store } = world
  clock.on(step, ({ object }) => {
    const message = findMessage(store, object)
    if (!message) return
    const now = clock.now()
    const next =
      message.status === 'queued'
        ? ({ ...message, status: 'sent', sentAt: now, updatedAt: now } as const)
        : ({
            ...message,
            status: 'delivered',
            updatedAt: now,
            price: outboundSmsCharge(message.to, message.segments),
          } as const)
    putMessage(store, next)
    sendStatus(world, next)
    if (next.status === 'sent') scheduleStep(world, next)
  })
}

/** Keeps a message from outside to a number of ours and tells the number's SmsUrl. */
export function receiveMessage(
  world: World,
  number: OwnedNumber,
  given: { from: string; body: string },
): Message {
  const now = world.clock.now()
  const segments = segmentsOf(given.body)
  const message = putMessage(world.store, {
    id: newSid('SM'),
    account: number.account,
    from: given.from,
    to: number.phoneNumber,
    body: given.body,
    direction: 'inbound',
    status: 'received',
    segments,
    price: inboundSmsCharge(number.phoneNumber, segments),
    statusCallback: '',
    createdAt: now,
    sentAt: now,
    updatedAt: now,
  })
  noteOptOut(world.store, { number: message.to, person: message.from }, message.body)
  const account = world.accounts.find(number.account)
  if (account && number.settings.SmsUrl) {
    sendCallback(world, account, {
      url: number.settings.SmsUrl,
      type: 'message.received',
      object: message.id,
      form: showIncoming(message),
    })
  }
  return message
}

function kindOf(statusCallback: string): string | null {
  return URL.canParse(statusCallback) ? new URL(statusCallback).searchParams.get('kind') : null
}

/** What left by SMS, oldest first. */
export function sentMessages(world: World): SentMessage[] {
  return [...allMessages(world.store)]
    .filter(({ direction }) => direction !== 'inbound')
    .map(({ id, to, from, body, statusCallback, createdAt }) => ({
      id,
      to,
      from,
      body,
      kind: kindOf(statusCallback),
      at: new Date(createdAt * 1000).toISOString(),
    }))
}

/** Messages: send, fetch, list. */
export function messageRoutes(world: World): Route[] {
  const { clock, store } = world
  const base = '/2010-04-01/Accounts/:AccountSid/Messages'
  return [
    route({
      at: `GET ${base}.json`,
      takes: {
        ...pageParameters,
        To: 'text',
        From: 'text',
        DateSent: 'text',
        'DateSent<': 'text',
        'DateSent>': 'text',
      },
      act: ({ account, given, url }) => {
        const items = messagesOf(store, account.id)
          .filter(({ to }) => given.To === undefined || to === given.To)
          .filter(({ from }) => given.From === undefined || from === given.From)
          .filter(({ sentAt }) => inDates(sentAt, 'DateSent', given))
        const asked = given
        return json(
          200,
          pageOf({ key: 'messages', items, idOf: ({ id }) => id, show: showMessage, asked, ...url }),
        )
      },
    }),
    route({
      at: `POST ${base}.json`,
      takes: { From: 'text', To: 'text', Body: 'text', StatusCallback: 'text' },
      act: ({ account, given }) => {
        const { from, to, body } = checkMessage(world, account.id, given)
        const now = clock.now()
        const message = putMessage(store, {
          id: newSid('SM'),
          account: account.id,
          from,
          to,
          body,
          direction: 'outbound-api',
          status: 'queued',
          segments: segmentsOf(body),
          price: null,
          statusCallback: checkUrl('StatusCallback', given.StatusCallback ?? '', 21609),
          createdAt: now,
          sentAt: null,
          updatedAt: now,
        })
        scheduleStep(world, message)
        return json(201, showMessage(message))
      },
    }),
    route({
      at: `GET ${base}/:Sid.json`,
      takes: {},
      act: ({ account, path, url }) => {
        const message = findMessage(store, path.Sid ?? '')
        if (message?.account === account.id) return json(200, showMessage(message))
        throw new Refusal(20404, `The requested resource ${url.path} was not found`, 404)
      },
    }),
  ]
}
