import { invalid } from '../api/errors.ts'
import { mergeMetadata, type Values } from '../api/params.ts'
import { change, emit } from '../events/events.ts'
import { announceDraft } from '../invoices/invoice.ts'
import { pendingItems } from '../invoices/items.ts'
import { cancelSubscription } from '../subscriptions/cancel.ts'
import { creditUnused } from '../subscriptions/prorations.ts'
import { findSubscription, itemsOf, type Subscription } from '../subscriptions/subscription.ts'
import { updateDraft } from '../subscriptions/update.ts'
import { type Call, present, type World } from '../world.ts'
import { begin } from './begin.ts'
import { advance, letGo, planSchedule } from './course.ts'
import { enterPhase } from './enter.ts'
import { checkedEnd, fromPhases, fromSubscription } from './make.ts'
import type { cancelling, creation, GivenPhase, releasing, updating } from './parameters.ts'
import { changedSettings, phasesOf } from './phases.ts'
import { currentPhase, findSchedule, intervalOf, isLive, type Phase, type Schedule } from './schedule.ts'

const doneTo = { cancel: 'canceled', release: 'released', update: 'updated' }

function checkLive(schedule: Schedule, what: keyof typeof doneTo): void {
  if (isLive(schedule)) return
  throw invalid(
    `You cannot ${what} a subscription schedule that is currently in the \`${schedule.status}\` status. It must be in \`not_started, active\` status to be ${doneTo[what]}.`,
  )
}

export function create({ world, params }: Call<Values<typeof creation>>): object {
  const { from_subscription: from, ...others } = params
  const [other] = Object.keys(others).filter((name) => name !== 'billing_mode')
  if (from !== undefined && other !== undefined) {
    throw invalid(`You may only specify one of these parameters: from_subscription, ${other}.`, {
      param: 'from_subscription',
    })
  }
  const made = from === undefined ? fromPhases(world, params) : fromSubscription(world, from)
  planSchedule(world, made)
  emit(world, 'subscription_schedule.created', made)
  return present(world, made)
}

const wrongEnd = (param: string) =>
  invalid('You can only adjust the end date to a future date for the current phase.', { param })

/** The phases of a schedule once those given are set: what is past stays, what is current may only end otherwise. */
function changedPhases(world: World, schedule: Schedule, given: GivenPhase[]): Phase[] {
  const now = world.clock.now()
  const current = currentPhase(schedule)
  const past = schedule.phases.filter(({ start_date: at }) => current && at < current.start_date)
  const pastStarts = new Set(past.map(({ start_date: at }) => at))
  const known = given.findIndex(
    (one) => typeof one.start_date !== 'number' || !pastStarts.has(one.start_date),
  )
  const rest = known < 0 ? [] : given.slice(known)
  const [first] = rest
  if (!first || first.start_date === undefined) {
    throw invalid(
      'The subscription schedule update is missing at least one phase with a `start_date` to anchor end dates to.',
      { param: 'phases' },
    )
  }
  const start = first.start_date === 'now' ? now : first.start_date
  if (current && start !== current.start_date) throw wrongEnd('phases[0][start_date]')
  const subscription =
    schedule.subscription === null ? undefined : findSubscription(world, schedule.subscription)
  const before = past.at(-1)
  const phases = phasesOf(world, rest, {
    customer: schedule.customer,
    ...(subscription ? { currency: subscription.currency, anchor: subscription.billing_cycle_anchor } : {}),
    start,
    usualAnchor: schedule.default_settings.billing_cycle_anchor,
    ...(before ? { before: intervalOf(world, before) } : {}),
  })
  if (current && (phases[0]?.end_date ?? 0) < now) throw wrongEnd('phases[0][end_date]')
  return [...past, ...phases]
}

/** What a subscription owes to a changed schedule at once: the current phase as it is now. */
function reenter(world: World, schedule: Schedule, proration: Values<typeof updating>['proration_behavior']) {
  const phase = currentPhase(schedule)
  if (!phase || schedule.subscription === null) return
  const at = world.clock.now()
  enterPhase(world, schedule, phase, { at, proration: proration ?? 'create_prorations', turns: false })
}

/** Applies an update; also how a preview sees what it would bring. */
export function applyUpdate(world: World, before: Schedule, params: Values<typeof updating>): Schedule {
  const settings = changedSettings(world, before.default_settings, params.default_settings, before.customer)
  const based = { ...before, default_settings: settings }
  const phases = params.phases ? changedPhases(world, based, params.phases) : before.phases
  const current = currentPhase(before)
  const same = phases.find(({ start_date: at }) => current?.start_date === at)
  const after = change<Schedule>(
    world,
    before,
    {
      ...(same ? { current_phase: { end_date: same.end_date, start_date: same.start_date } } : {}),
      default_settings: settings,
      end_behavior: checkedEnd(params.end_behavior) ?? before.end_behavior,
      metadata: mergeMetadata(before.metadata, params.metadata),
      phases,
    },
    'subscription_schedule.updated',
  )
  if (after.status === 'active') {
    if (params.phases || params.default_settings || params.end_behavior)
      reenter(world, after, params.proration_behavior)
    return advance(world, after, world.clock.now(), false)
  }
  const starts = (phases[0]?.start_date ?? Infinity) <= world.clock.now()
  const begun = starts ? begin(world, after, 'subscription_schedule.updated') : after
  planSchedule(world, begun)
  return begun
}

export function update({ world, params, ids }: Call<Values<typeof updating>>): object {
  const before = findSchedule(world, ids.id ?? '')
  checkLive(before, 'update')
  return present(world, applyUpdate(world, before, params))
}

/** Ends a schedule's subscription with what is still to be billed or given back, as far as that is asked for. */
function cancelWithSubscription(
  world: World,
  found: Subscription,
  { invoice_now: invoices = true, prorate = true }: Values<typeof cancelling>,
): void {
  const at = world.clock.now()
  if (prorate && found.status !== 'trialing')
    for (const item of itemsOf(world, found.id)) creditUnused(world, { subscription: found, at }, item)
  const pending = pendingItems(world, found.customer, found.currency, found.id).length > 0
  const draft =
    invoices && pending
      ? updateDraft(world, found, { fields: {}, items: [], proration: 'always_invoice' }, [])
      : null
  if (draft) announceDraft(world, draft)
  const last = draft ? { ...found, latest_invoice: draft.id } : found
  cancelSubscription(world, last, { reason: 'cancellation_requested' })
}

export function cancel({ world, params, ids }: Call<Values<typeof cancelling>>): object {
  const before = findSchedule(world, ids.id ?? '')
  checkLive(before, 'cancel')
  const after = world.store.put<Schedule>('subscription_schedule', {
    ...before,
    canceled_at: world.clock.now(),
    current_phase: null,
    status: 'canceled',
  })
  planSchedule(world, after)
  if (before.subscription !== null)
    cancelWithSubscription(world, findSubscription(world, before.subscription), params)
  emit(world, 'subscription_schedule.canceled', after)
  return present(world, after)
}

export function release({ world, params, ids }: Call<Values<typeof releasing>>): object {
  const before = findSchedule(world, ids.id ?? '')
  checkLive(before, 'release')
  const keepsEnd = params.preserve_cancel_date ?? false
  return present(world, letGo(world, before, { status: 'released', keepsEnd, said: true }))
}
