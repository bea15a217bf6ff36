import { invalid, missing, notImplemented } from '../api/errors.ts'
import { mergeMetadata, type Values } from '../api/params.ts'
import { findCustomer } from '../customers/balance.ts'
import { change } from '../events/events.ts'
import { itemsOf, nextTurn, type Subscription } from '../subscriptions/subscription.ts'
import { longId, type World } from '../world.ts'
import { begin } from './begin.ts'
import type { creation, GivenPhase } from './parameters.ts'
import { changedSettings, phasesOf, usualSettings } from './phases.ts'
import { namedDiscounts, type Phase, phaseItemsOf, type Schedule } from './schedule.ts'

export function checkedEnd(
  end: Values<typeof creation>['end_behavior'],
): Schedule['end_behavior'] | undefined {
  if (end === 'none' || end === 'renew') throw notImplemented(`end_behavior=${end}`, 'end_behavior')
  return end
}

function blank(world: World, customer: string): Schedule {
  const now = world.clock.now()
  return {
    id: longId('sub_sched_'),
    object: 'subscription_schedule',
    application: null,
    billing_mode: { flexible: { proration_discounts: 'included' }, type: 'flexible', updated_at: now },
    canceled_at: null,
    completed_at: null,
    created: now,
    current_phase: null,
    customer,
    customer_account: null,
    default_settings: usualSettings,
    end_behavior: 'release',
    livemode: false,
    metadata: {},
    pause_schedules: [],
    phases: [],
    released_at: null,
    released_subscription: null,
    status: 'not_started',
    subscription: null,
    test_clock: world.clock.testClock(),
  }
}

/** The one phase of a subscription that is put under a schedule: what it is until its period ends. */
function phaseOfNow(world: World, subscription: Subscription): Phase {
  const turn = nextTurn(itemsOf(world, subscription.id))
  return {
    add_invoice_items: [],
    application_fee_percent: null,
    billing_cycle_anchor: null,
    billing_thresholds: null,
    collection_method: null,
    currency: subscription.currency,
    default_payment_method: null,
    default_tax_rates: [],
    description: null,
    discounts: namedDiscounts(subscription.discounts),
    end_date: subscription.cancel_at ?? turn.end,
    invoice_settings: null,
    items: phaseItemsOf(world, subscription.id),
    metadata: {},
    on_behalf_of: null,
    proration_behavior: 'create_prorations',
    start_date: turn.start,
    transfer_data: null,
    trial_end: subscription.status === 'trialing' ? subscription.trial_end : null,
  }
}

/** A schedule with one phase, of a subscription as it is. */
export function fromSubscription(world: World, id: string): Schedule {
  const found = world.store.get<Subscription>('subscription', id)
  if (!found) throw missing('subscription', id, 'from_subscription')
  if (found.schedule !== null) {
    throw invalid(
      `You cannot migrate a subscription that is already attached to a schedule: \`${found.schedule}\`.`,
      { param: 'from_subscription' },
    )
  }
  if (['canceled', 'incomplete', 'incomplete_expired'].includes(found.status)) {
    throw invalid(`You cannot migrate a subscription that is currently in the \`${found.status}\` status.`, {
      param: 'from_subscription',
    })
  }
  const phase = phaseOfNow(world, found)
  const { end_date, start_date } = phase
  const { default_payment_method, description } = found
  const schedule = world.store.put<Schedule>('subscription_schedule', {
    ...blank(world, found.customer),
    current_phase: { end_date, start_date },
    default_settings: { ...usualSettings, default_payment_method, description },
    end_behavior: found.cancel_at === null ? 'release' : 'cancel',
    phases: [phase],
    status: 'active',
    subscription: found.id,
  })
  const changes = { cancel_at_period_end: false, schedule: schedule.id }
  change(world, found, changes, 'customer.subscription.updated')
  return schedule
}

/** Where the first phase begins: a few seconds late is still now. */
function startOf(world: World, given: number | 'now' | undefined, param: string): number {
  if (given === undefined)
    throw invalid(`Missing required param: ${param}.`, { param, code: 'parameter_missing' })
  return given === 'now' ? world.clock.now() : given
}

type NewSchedule = Omit<Values<typeof creation>, 'phases'> & { phases?: GivenPhase[] }

/** A schedule of what a request says, begun where that is due. */
export function fromPhases(world: World, params: NewSchedule): Schedule {
  if (params.customer === undefined)
    throw invalid('Missing required param: customer.', { param: 'customer', code: 'parameter_missing' })
  const customer = findCustomer(world, params.customer, 'customer')
  if (!params.phases?.length)
    throw invalid('Missing required param: phases.', { param: 'phases', code: 'parameter_missing' })
  const start = startOf(world, params.start_date, 'start_date')
  const settings = changedSettings(world, usualSettings, params.default_settings, customer.id)
  const phases = phasesOf(world, params.phases, {
    customer: customer.id,
    ...(customer.currency === null ? {} : { currency: customer.currency }),
    start,
    usualAnchor: settings.billing_cycle_anchor,
  })
  const schedule = world.store.put<Schedule>('subscription_schedule', {
    ...blank(world, customer.id),
    default_settings: settings,
    end_behavior: checkedEnd(params.end_behavior) ?? 'release',
    metadata: mergeMetadata({}, params.metadata),
    phases,
  })
  return start <= world.clock.now() ? begin(world, schedule) : schedule
}
