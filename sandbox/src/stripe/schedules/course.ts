import { change, emit, previousAttributes } from '../events/events.ts'
import { cancelSubscription } from '../subscriptions/cancel.ts'
import { planTurn } from '../subscriptions/due.ts'
import {
  ended,
  findSubscription,
  itemsOf,
  nextTurn,
  type Subscription,
} from '../subscriptions/subscription.ts'
import { type Turning, turn } from '../subscriptions/turn.ts'
import { listen, present, type World } from '../world.ts'
import { begin } from './begin.ts'
import { enterPhase } from './enter.ts'
import { currentPhase, isLive, type Phase, type Schedule } from './schedule.ts'
import { followChange } from './split.ts'

const week = 7 * 86_400

/** Plans when a schedule next changes something, and the warning before it ends. */
export function planSchedule(world: World, schedule: Schedule): void {
  const { id, phases, current_phase: current } = schedule
  const next = schedule.status === 'not_started' ? phases[0]?.start_date : current?.end_date
  const warning = (phases.at(-1)?.end_date ?? 0) - week
  const live = isLive(schedule)
  if (live && next !== undefined)
    world.clock.schedule({ id: `phase ${id}`, at: next, what: 'schedule.phase', object: id })
  else world.clock.cancel(`phase ${id}`)
  if (live && warning > world.clock.now())
    world.clock.schedule({ id: `expiring ${id}`, at: warning, what: 'schedule.expiring', object: id })
  else world.clock.cancel(`expiring ${id}`)
}

export const datesOfPhase = ({ start_date, end_date }: Phase) => ({ end_date, start_date })

/** Lets a subscription go on by itself. `said`: whether the change is told at once, or with the renewal that follows. */
export function letGo(
  world: World,
  schedule: Schedule,
  how: { status: 'completed' | 'released'; keepsEnd: boolean; said: boolean },
): Schedule {
  const now = world.clock.now()
  const { subscription: id } = schedule
  const subscription = id === null ? undefined : world.store.get<Subscription>('subscription', id)
  const changes: Partial<Schedule> = {
    current_phase: null,
    ...(how.status === 'released'
      ? { released_at: now, released_subscription: id, subscription: null }
      : { completed_at: now }),
    status: how.status,
  }
  const after = change(world, schedule, changes, 'subscription_schedule.updated')
  planSchedule(world, after)
  if (subscription && !ended(subscription)) {
    const ends = how.keepsEnd ? {} : { cancel_at: null, canceled_at: null }
    const free = { ...subscription, schedule: null, ...ends }
    if (how.said) {
      change(world, subscription, free, 'customer.subscription.updated')
      planTurn(world, free)
    } else world.store.put('subscription', free)
  }
  emit(world, `subscription_schedule.${how.status}`, after)
  return after
}

/** The last phase is over: the subscription is cancelled or goes on by itself. */
function finish(world: World, schedule: Schedule, turns: boolean): Schedule {
  if (schedule.end_behavior === 'release') {
    const status = world.settings().schedule_released_as
    return letGo(world, schedule, { status, keepsEnd: false, said: !turns })
  }
  const after = world.store.put<Schedule>('subscription_schedule', {
    ...schedule,
    completed_at: world.clock.now(),
    current_phase: null,
    status: 'completed',
  })
  planSchedule(world, after)
  const subscription = findSubscription(world, schedule.subscription ?? '')
  if (!ended(subscription)) cancelSubscription(world, subscription, { reason: null })
  emit(world, 'subscription_schedule.completed', after)
  return after
}

/** Moves a schedule on to where it is at an instant. `turns`: a period of its subscription ends there. */
export function advance(world: World, given: Schedule, at: number, turns: boolean): Schedule {
  let schedule = given
  while (schedule.status === 'active' && schedule.current_phase && schedule.current_phase.end_date <= at) {
    const phase = currentPhase(schedule)
    const next = phase && schedule.phases[schedule.phases.indexOf(phase) + 1]
    if (!next) return finish(world, schedule, turns)
    const moved = { current_phase: datesOfPhase(next) }
    schedule = change(world, schedule, moved, 'subscription_schedule.updated')
    enterPhase(world, schedule, next, { at: next.start_date, proration: next.proration_behavior, turns })
  }
  planSchedule(world, schedule)
  return schedule
}

function onPhase(world: World, schedule: Schedule): void {
  const now = world.clock.now()
  if (schedule.status === 'not_started') {
    planSchedule(world, begin(world, schedule, 'subscription_schedule.updated'))
    return
  }
  const subscription = findSubscription(world, schedule.subscription ?? '')
  const isOver = nextTurn(itemsOf(world, subscription.id)).end <= now
  if (isOver && subscription.status !== 'paused') {
    // The renewal asks for the phase before it bills, whichever of the two falls due first.
    turn(world, subscription)
    return
  }
  const before = present(world, subscription)
  advance(world, schedule, now, isOver)
  const after = findSubscription(world, subscription.id)
  const previous = previousAttributes(before, present(world, after))
  if (isOver && Object.keys(previous).length) emit(world, 'customer.subscription.updated', after, previous)
}

/** A schedule's subscription has ended without it. */
function subscriptionEnded(world: World, { id, cancellation_details: details }: Subscription): void {
  for (const schedule of world.store.by<Schedule>('subscription_schedule', 'subscription', id)) {
    if (!isLive(schedule)) continue
    const changes = { canceled_at: world.clock.now(), current_phase: null, status: 'canceled' as const }
    const after = world.store.put<Schedule>('subscription_schedule', { ...schedule, ...changes })
    planSchedule(world, after)
    const aborted = details.reason === 'payment_failed'
    emit(world, aborted ? 'subscription_schedule.aborted' : 'subscription_schedule.canceled', after)
  }
}

/** Declares what time does to schedules, and what they do to their subscriptions at a turn. */
export function startSchedules(world: World): void {
  const live = (id: string | null) => {
    const found = id === null ? undefined : world.store.get<Schedule>('subscription_schedule', id)
    return found && isLive(found) ? found : undefined
  }
  world.clock.on('schedule.phase', ({ object }) => {
    const schedule = live(object)
    if (schedule) onPhase(world, schedule)
  })
  world.clock.on('schedule.expiring', ({ object }) => {
    const schedule = live(object)
    if (schedule) emit(world, 'subscription_schedule.expiring', schedule)
  })
  listen<Turning>(world, 'subscription.turning', ({ subscription, at }) => {
    const schedule = live(findSubscription(world, subscription).schedule)
    if (schedule) advance(world, schedule, at, true)
  })
  listen<Subscription>(world, 'subscription.ended', (subscription) => subscriptionEnded(world, subscription))
  listen<Subscription>(world, 'subscription.changed', (subscription) => {
    const schedule = live(subscription.schedule)
    if (schedule) followChange(world, schedule)
  })
  listen<{ id: string }>(world, 'customer.deleting', ({ id }) => {
    for (const schedule of world.store.by<Schedule>('subscription_schedule', 'customer', id)) {
      if (schedule.status !== 'not_started') continue
      const changes = { canceled_at: world.clock.now(), status: 'canceled' as const }
      const after = world.store.put<Schedule>('subscription_schedule', { ...schedule, ...changes })
      planSchedule(world, after)
      emit(world, 'subscription_schedule.canceled', after)
    }
  })
}
