import type { Store } from '../store.ts'
import { rfc2822 } from './dates.ts'
import { friendlyNumber } from './inventory.ts'

/** How a call can have ended. */
export const callEnds = ['completed', 'busy', 'failed', 'no-answer', 'canceled'] as const

export type PhoneCall = {
  id: string
  account: string
  number: string
  from: string
  to: string
  status: (typeof callEnds)[number]
  seconds: number
  /** US dollars as negative decimal text; null until it is known. */
  price: string | null
  startedAt: number
  endedAt: number
  updatedAt: number
}

const kind = 'twilio.call'

export function declareCallIndexes(store: Store): void {
  store.index<PhoneCall>(kind, 'account', ({ account }) => account)
}

export const putCall = (store: Store, call: PhoneCall) => store.put(kind, call)
export const findCall = (store: Store, sid: string) => store.get<PhoneCall>(kind, sid)

/** Newest first. */
export const callsOf = (store: Store, account: string): PhoneCall[] =>
  store.by<PhoneCall>(kind, 'account', account).reverse()

const subresources = {
  notifications: 'Notifications',
  recordings: 'Recordings',
  payments: 'Payments',
  events: 'Events',
  siprec: 'Siprec',
  streams: 'Streams',
  transcriptions: 'Transcriptions',
  user_defined_message_subscriptions: 'UserDefinedMessageSubscriptions',
  user_defined_messages: 'UserDefinedMessages',
}

export function showCall(call: PhoneCall): object {
  const uri = `/2010-04-01/Accounts/${call.account}/Calls/${call.id}`
  return {
    account_sid: call.account,
    answered_by: null,
    api_version: '2010-04-01',
    caller_name: null,
    date_created: rfc2822(call.startedAt),
    date_updated: rfc2822(call.updatedAt),
    direction: 'inbound',
    // Empty for a call that nobody answered, as Twilio has it.
    duration: call.status === 'completed' ? String(call.seconds) : '',
    end_time: rfc2822(call.endedAt),
    forwarded_from: null,
    from: call.from,
    from_formatted: friendlyNumber(call.from),
    group_sid: null,
    parent_call_sid: null,
    phone_number_sid: call.number,
    price: call.price,
    price_unit: 'USD',
    queue_time: '0',
    sid: call.id,
    start_time: rfc2822(call.startedAt),
    status: call.status,
    subresource_uris: Object.fromEntries(
      Object.entries(subresources).map(([name, path]) => [name, `${uri}/${path}.json`]),
    ),
    to: call.to,
    to_formatted: friendlyNumber(call.to),
    trunk_sid: null,
    uri: `${uri}.json`,
  }
}
