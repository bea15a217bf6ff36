import { randomId } from '../../ids.ts'
import { invalid, missing } from '../api/errors.ts'
import { type Param, text, type Values } from '../api/params.ts'
import { change, emit } from '../events/events.ts'
import type { Stored, World } from '../world.ts'

export type Meter = Stored & {
  created: number
  customer_mapping: { event_payload_key: string; type: 'by_id' }
  default_aggregation: { formula: 'count' | 'last' | 'sum' }
  display_name: string
  event_name: string
  /** Events of one window stand for each other: only the one received last counts. */
  event_time_window: 'day' | 'hour' | null
  livemode: false
  status: 'active' | 'inactive'
  status_transitions: { deactivated_at: number | null }
  updated: number
  value_settings: { event_payload_key: string }
}

/** Text that cannot be empty nor longer than `most` characters. */
export function textUpTo(most: number): Param<string> {
  return {
    parse(raw, name) {
      const value = text.parse(raw, name)
      if (value.length <= most) return value
      throw invalid(`Invalid string: ${value.slice(0, 20)}…; must be at most ${most} characters`, {
        param: name,
      })
    },
  }
}

export function findMeter(world: World, id = '', param = 'id'): Meter {
  const found = world.store.get<Meter>('billing.meter', id)
  if (!found) throw missing('meter', id, param)
  return found
}

/** The active meter that listens to an event name: there is one at most. */
export function activeMeter(world: World, eventName: string): Meter | undefined {
  return world.store.by<Meter>('billing.meter', 'active event_name', eventName)[0]
}

function claimEventName(world: World, eventName: string): void {
  const holder = activeMeter(world, eventName)
  if (!holder) return
  throw invalid(
    `There is already an active meter (\`${holder.id}\`) for the event name ${eventName}. An event name can be used by one active meter only: deactivate that meter first, or choose another name.`,
    { param: 'event_name' },
  )
}

type Given = Pick<Meter, 'default_aggregation' | 'display_name' | 'event_name'> &
  Partial<Pick<Meter, 'customer_mapping' | 'event_time_window' | 'value_settings'>>

export function createMeter(world: World, given: Given): Meter {
  claimEventName(world, given.event_name)
  const now = world.clock.now()
  const meter: Meter = {
    id: randomId('mtr_test_6', 31),
    object: 'billing.meter',
    created: now,
    customer_mapping: given.customer_mapping ?? { event_payload_key: 'stripe_customer_id', type: 'by_id' },
    default_aggregation: given.default_aggregation,
    display_name: given.display_name,
    event_name: given.event_name,
    event_time_window: given.event_time_window ?? null,
    livemode: false,
    status: 'active',
    status_transitions: { deactivated_at: null },
    updated: now,
    value_settings: given.value_settings ?? { event_payload_key: 'value' },
  }
  world.store.put('billing.meter', meter)
  emit(world, 'billing.meter.created', meter)
  return meter
}

export const renaming = { display_name: textUpTo(250) }

export function renameMeter(world: World, id: string | undefined, given: Values<typeof renaming>): Meter {
  const before = findMeter(world, id)
  const name = given.display_name
  if (name === undefined || name === before.display_name) return before
  const changes = { display_name: name, updated: world.clock.now() }
  return change(world, before, changes, 'billing.meter.updated')
}

/** Deactivates or reactivates; a meter that is so already is refused. */
export function switchMeter(world: World, id: string | undefined, status: Meter['status']): Meter {
  const before = findMeter(world, id)
  if (before.status === status) throw invalid(`The meter ${before.id} is already ${status}.`)
  if (status === 'active') claimEventName(world, before.event_name)
  const now = world.clock.now()
  const transitions = { deactivated_at: status === 'inactive' ? now : null }
  const after = { ...before, status, status_transitions: transitions, updated: now }
  world.store.put<Meter>('billing.meter', after)
  emit(world, status === 'active' ? 'billing.meter.reactivated' : 'billing.meter.deactivated', after)
  return after
}
