import { callsOf, findCall, type PhoneCall, putCall, showCall } from './call.ts'
import { sendCallback } from './callbacks.ts'
import { inboundCallCharge } from './charge.ts'
import { inDates, rfc2822 } from './dates.ts'
import { whereabouts } from './inventory.ts'
import type { OwnedNumber } from './owned-numbers.ts'
import { pageOf, pageParameters } from './paging.ts'
import { json, Refusal } from './refusal.ts'
import { type Route, route } from './router.ts'
import { newSid } from './sids.ts'
import type { World } from './world.ts'

const rate = 'twilio.call.rate'
const secondsUntilRated = 60

function sendStatus(world: World, number: OwnedNumber, call: PhoneCall): void {
  const account = world.accounts.find(call.account)
  if (!number.settings.StatusCallback || !account) return
  const answered = call.status === 'completed'
  sendCallback(world, account, {
    url: number.settings.StatusCallback,
    type: `call.${call.status}`,
    object: call.id,
    form: {
      Called: call.to,
      ...whereabouts('Called', call.to),
      To: call.to,
      ...whereabouts('To', call.to),
      Caller: call.from,
      ...whereabouts('Caller', call.from),
      From: call.from,
      ...whereabouts('From', call.from),
      CallSid: call.id,
      AccountSid: call.account,
      ApiVersion: '2010-04-01',
      CallStatus: call.status,
      Direction: 'inbound',
      // Seconds, and started minutes.
      CallDuration: String(answered ? call.seconds : 0),
      Duration: String(answered ? Math.ceil(call.seconds / 60) : 0),
      Timestamp: rfc2822(call.endedAt),
      CallbackSource: 'call-progress-events',
      SequenceNumber: '0',
    },
  })
}

/** A call's price is not known when it ends; Twilio fills it in a little later. */
export function playCalls(world: World): void {
  const { clock, store } = world
  clock.on(rate, ({ object }) => {
    const call = findCall(store, object)
    if (!call) return
    const seconds = call.status === 'completed' ? call.seconds : 0
    const price = seconds > 0 ? inboundCallCharge(call.to, seconds) : null
    putCall(store, { ...call, price, updatedAt: clock.now() })
  })
}

/** Keeps a call from outside to a number of ours that has just ended, and tells the number's StatusCallback. */
export function receiveCall(
  world: World,
  number: OwnedNumber,
  given: { from: string; status: PhoneCall['status']; seconds: number },
): PhoneCall {
  const now = world.clock.now()
  const call = putCall(world.store, {
    id: newSid('CA'),
    account: number.account,
    number: number.id,
    from: given.from,
    to: number.phoneNumber,
    status: given.status,
    seconds: given.seconds,
    price: null,
    startedAt: now - given.seconds,
    endedAt: now,
    updatedAt: now,
  })
  world.clock.schedule({ id: `${rate} ${call.id}`, at: now + secondsUntilRated, what: rate, object: call.id })
  sendStatus(world, number, call)
  return call
}

const dateFilters = {
  StartTime: 'text',
  'StartTime<': 'text',
  'StartTime>': 'text',
  EndTime: 'text',
  'EndTime<': 'text',
  'EndTime>': 'text',
} as const

const statuses = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
] as const

/** Calls: fetch and list. */
export function callRoutes(world: World): Route[] {
  const { store } = world
  const base = '/2010-04-01/Accounts/:AccountSid/Calls'
  return [
    route({
      at: `GET ${base}.json`,
      takes: {
        ...pageParameters,
        ...dateFilters,
        To: 'text',
        From: 'text',
        ParentCallSid: 'text',
        Status: statuses,
      },
      act: ({ account, given, url }) => {
        const items = callsOf(store, account.id)
          // No call here was made by another, so none has a parent.
          .filter(() => given.ParentCallSid === undefined)
          .filter(({ to }) => given.To === undefined || to === given.To)
          .filter(({ from }) => given.From === undefined || from === given.From)
          .filter(({ status }) => given.Status === undefined || status === given.Status)
          .filter(({ startedAt }) => inDates(startedAt, 'StartTime', given))
          .filter(({ endedAt }) => inDates(endedAt, 'EndTime', given))
        const asked = given
        return json(200, pageOf({ key: 'calls', items, idOf: ({ id }) => id, show: showCall, asked, ...url }))
      },
    }),
    route({
      at: `GET ${base}/:Sid.json`,
      takes: {},
      act: ({ account, path, url }) => {
        const call = findCall(store, path.Sid ?? '')
        if (call?.account === account.id) return json(200, showCall(call))
        throw new Refusal(20404, `The requested resource ${url.path} was not found`, 404)
      },
    }),
  ]
}
