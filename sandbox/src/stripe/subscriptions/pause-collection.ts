import { invalid } from '../api/errors.ts'
import { clearable, integer, object, oneOf, required } from '../api/params.ts'
import { change } from '../events/events.ts'
import { finalize, markPaid } from '../invoices/collect.ts'
import { voidInvoice, writeOff } from '../invoices/give-up.ts'
import type { Invoice } from '../invoices/invoice.ts'
import type { World } from '../world.ts'
import type { Subscription } from './subscription.ts'

export type PauseCollection = {
  behavior: 'keep_as_draft' | 'mark_uncollectible' | 'void'
  resumes_at: number | null
}

export const pauseCollectionParam = clearable(
  object({ behavior: required(oneOf('keep_as_draft', 'mark_uncollectible', 'void')), resumes_at: integer }),
)

/** Plans that collecting goes on by itself, or takes that plan back. */
export function planCollection(world: World, { id, pause_collection: paused }: Subscription): void {
  const due = `collection ${id}`
  if (paused?.resumes_at == null) world.clock.cancel(due)
  else world.clock.schedule({ id: due, at: paused.resumes_at, what: 'subscription.collect', object: id })
}

export function checkPauseCollection(
  world: World,
  given: { behavior: PauseCollection['behavior']; resumes_at?: number } | null,
): PauseCollection | null {
  if (given?.resumes_at !== undefined && given.resumes_at <= world.clock.now())
    throw invalid('resumes_at must be in the future.', { param: 'pause_collection[resumes_at]' })
  return given && { behavior: given.behavior, resumes_at: given.resumes_at ?? null }
}

/** What becomes of a new draft while nothing is collected; keeping it as a draft needs nothing but not advancing. */
export function withhold(world: World, draft: Invoice, behavior: PauseCollection['behavior']): void {
  if (behavior === 'keep_as_draft') return
  const open = finalize(world, draft)
  if (open.amount_remaining === 0) markPaid(world, open.id, 0)
  else if (behavior === 'void') voidInvoice(world, open)
  else writeOff(world, open, 'subscription_paused')
}

/** Declares that collecting goes on at its time. */
export function startCollectingAgain(world: World): void {
  world.clock.on('subscription.collect', ({ object: id }) => {
    const subscription = world.store.get<Subscription>('subscription', id)
    if (subscription?.pause_collection)
      change(world, subscription, { pause_collection: null }, 'customer.subscription.updated')
  })
}
