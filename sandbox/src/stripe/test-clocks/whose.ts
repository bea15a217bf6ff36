import type { World } from '../world.ts'

/** The kind of object that an id's prefix names, for those that belong to a customer. */
const kinds: Record<string, string> = {
  bps: 'billing_portal.session',
  ch: 'charge',
  cn: 'credit_note',
  cs: 'checkout.session',
  cus: 'customer',
  di: 'discount',
  du: 'dispute',
  ii: 'invoiceitem',
  il: 'line_item',
  in: 'invoice',
  inpay: 'invoice_payment',
  pi: 'payment_intent',
  pm: 'payment_method',
  re: 'refund',
  seti: 'setup_intent',
  si: 'subscription_item',
  sub: 'subscription',
  sub_sched: 'subscription_schedule',
}

/** Where an object names the one through which it belongs to a customer, nearest first. */
const owners = ['customer', 'subscription', 'invoice', 'payment_intent', 'setup_intent', 'charge']

const idForm = /^(sub_sched|[a-z]+)_\w+$/

/** The test clock of the customer to whom an id leads; null where there is no clock, undefined where no customer. */
function clockOf(world: World, id: string, depth = 4): string | null | undefined {
  if (id.startsWith('clock_')) return world.store.get('test_helpers.test_clock', id) ? id : undefined
  const kind = kinds[idForm.exec(id)?.[1] ?? '']
  const found = kind && world.store.get<Record<string, unknown>>(kind, id)
  if (!found) return undefined
  if (kind === 'customer') return (found.test_clock as string | null) ?? null
  for (const owner of owners) {
    const next = found[owner]
    if (typeof next !== 'string' || next === id || depth === 0) continue
    const clock = clockOf(world, next, depth - 1)
    if (clock !== undefined) return clock
  }
  return undefined
}

function* textsOf(value: unknown, depth = 4): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null && depth > 0)
    for (const inner of Object.values(value)) yield* textsOf(inner, depth - 1)
}

/**
 * The test clock in whose time a request or a page is to be served: that of the first customer to whom one of the
 * given values leads. Null where none stands on a test clock.
 */
export function testClockOf(world: World, given: unknown): string | null {
  if (world.store.count('test_helpers.test_clock') === 0) return null
  for (const text of textsOf(given)) {
    const clock = clockOf(world, text)
    if (clock !== undefined) return clock
  }
  return null
}
