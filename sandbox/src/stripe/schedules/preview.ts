import { invalid } from '../api/errors.ts'
import type { Values } from '../api/params.ts'
import { findInvoice, type Invoice } from '../invoices/invoice.ts'
import { findSubscription } from '../subscriptions/subscription.ts'
import { previewRenewal, shownPreview } from '../subscriptions/turn.ts'
import type { World } from '../world.ts'
import { begin } from './begin.ts'
import { fromPhases } from './make.ts'
import type { scheduleDetails } from './parameters.ts'
import { applyUpdate } from './requests.ts'
import { findSchedule, isLive, type Schedule } from './schedule.ts'

type Given = {
  customer?: string
  schedule?: string
  schedule_details?: Values<{ details: typeof scheduleDetails }>['details']
  subscription?: string
  subscription_details?: object
}

const none = (why: string) =>
  invalid(`No upcoming invoices for customer: ${why}.`, { param: 'schedule', code: 'invoice_upcoming_none' })

/** The world as it will be when a schedule begins. */
const worldAt = (world: World, at: number): World => ({
  ...world,
  clock: { ...world.clock, now: () => Math.max(at, world.clock.now()) },
})

function firstInvoiceOf(world: World, schedule: Schedule): Record<string, unknown> {
  const then = worldAt(world, schedule.phases[0]?.start_date ?? 0)
  const begun = schedule.status === 'not_started' ? begin(then, schedule) : schedule
  const { latest_invoice: id } = findSubscription(world, begun.subscription ?? '')
  if (id === null) throw none('nothing is billed when the schedule begins')
  return shownPreview(then, findInvoice(then, id))
}

/** An invoice that an update would finalise at once, as it is before that. */
const asDraft = (invoice: Invoice): Invoice => ({
  ...invoice,
  amount_paid: 0,
  attempt_count: 0,
  attempted: false,
  number: null,
  status: 'draft',
  status_transitions: { finalized_at: null, marked_uncollectible_at: null, paid_at: null, voided_at: null },
})

function changed(world: World, before: Schedule, given: Given): Record<string, unknown> {
  if (before.status === 'not_started')
    return firstInvoiceOf(
      world,
      given.schedule_details ? applyUpdate(world, before, given.schedule_details) : before,
    )
  const subscription = findSubscription(world, before.subscription ?? '')
  if (!given.schedule_details) return previewRenewal(world, subscription)
  applyUpdate(world, before, given.schedule_details)
  const after = findSubscription(world, subscription.id)
  if (after.latest_invoice !== null && after.latest_invoice !== subscription.latest_invoice)
    return shownPreview(world, asDraft(findInvoice(world, after.latest_invoice)))
  return previewRenewal(world, after)
}

/** The next invoice of a schedule, as it is, as it would be changed, or as one would be made. To be taken back. */
export function previewSchedule(world: World, given: Given): Record<string, unknown> {
  const other = given.subscription === undefined ? 'subscription_details' : 'subscription'
  if (given[other] !== undefined) {
    throw invalid(`You may only specify one of these parameters: schedule, ${other}.`, { param: 'schedule' })
  }
  if (given.schedule !== undefined) {
    const schedule = findSchedule(world, given.schedule, 'schedule')
    if (!isLive(schedule)) throw none(`the schedule is ${schedule.status}`)
    return changed(world, schedule, given)
  }
  const { phases, end_behavior: end } = given.schedule_details ?? {}
  const made = fromPhases(world, {
    ...(given.customer === undefined ? {} : { customer: given.customer }),
    ...(phases ? { phases } : {}),
    ...(end === undefined ? {} : { end_behavior: end }),
    start_date: phases?.[0]?.start_date ?? 'now',
  })
  return firstInvoiceOf(world, made)
}
