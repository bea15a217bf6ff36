import type Stripe from 'stripe'
import { expect, test } from 'vitest'
import { type EventType, eventTypes } from './event-types.ts'

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false

test('the events are those of the official SDK, all of them and no other', () => {
  const isSame: Same<EventType, Stripe.Event.Type> = true
  expect([isSame, new Set(eventTypes).size]).toEqual([true, eventTypes.length])
})
