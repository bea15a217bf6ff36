import type { Store } from '../store.ts'
import { rfc2822 } from './dates.ts'
import { whereabouts } from './inventory.ts'

export type Message = {
  id: string
  account: string
  from: string
  to: string
  body: string
  direction: 'inbound' | 'outbound-api'
  status: 'queued' | 'sent' | 'delivered' | 'received'
  segments: number
  /** US dollars as negative decimal text; null until it is known. */
  price: string | null
  statusCallback: string
  createdAt: number
  sentAt: number | null
  updatedAt: number
}

const kind = 'twilio.message'

export function declareMessageIndexes(store: Store): void {
  store.index<Message>(kind, 'account', ({ account }) => account)
}

export const putMessage = (store: Store, message: Message) => store.put(kind, message)
export const findMessage = (store: Store, sid: string) => store.get<Message>(kind, sid)
export const allMessages = (store: Store) => store.all<Message>(kind)

/** Newest first. */
export const messagesOf = (store: Store, account: string): Message[] =>
  store.by<Message>(kind, 'account', account).reverse()

export function showMessage(message: Message): object {
  const uri = `/2010-04-01/Accounts/${message.account}/Messages/${message.id}`
  return {
    account_sid: message.account,
    api_version: '2010-04-01',
    body: message.body,
    date_created: rfc2822(message.createdAt),
    date_sent: message.sentAt === null ? null : rfc2822(message.sentAt),
    date_updated: rfc2822(message.updatedAt),
    direction: message.direction,
    error_code: null,
    error_message: null,
    from: message.from,
    messaging_service_sid: null,
    num_media: '0',
    num_segments: String(message.segments),
    price: message.price,
    price_unit: 'USD',
    sid: message.id,
    status: message.status,
    subresource_uris: { media: `${uri}/Media.json` },
    to: message.to,
    uri: `${uri}.json`,
  }
}

/** An inbound message as the form that a number's SmsUrl is sent. */
export function showIncoming(message: Message): Record<string, string> {
  return {
    ...whereabouts('To', message.to),
    ...whereabouts('From', message.from),
    SmsMessageSid: message.id,
    NumMedia: '0',
    SmsSid: message.id,
    SmsStatus: message.status,
    Body: message.body,
    To: message.to,
    NumSegments: String(message.segments),
    MessageSid: message.id,
    AccountSid: message.account,
    From: message.from,
    ApiVersion: '2010-04-01',
  }
}
