import type { World } from '../world.ts'
import { cardOf } from './cards.ts'
import type { Decline } from './declines.ts'
import type { PaymentMethod } from './payment-methods.ts'

type Use = { id: string; times: number }
const kind = 'card use'

/** Why a card declines a charge now; undefined where it pays. A card that works n times does so n times. */
export function declineOf(world: World, method: PaymentMethod): Decline | undefined {
  const { number, onCharge, works } = cardOf(method.hidden.number)
  const times = works === undefined ? 0 : (world.store.get<Use>(kind, number)?.times ?? 0)
  return works !== undefined && times < works ? undefined : onCharge
}

/** Counts a charge that a card has paid, where its number of charges is limited. */
export function countUse(world: World, method: PaymentMethod): void {
  const { number, works } = cardOf(method.hidden.number)
  if (works === undefined) return
  const times = world.store.get<Use>(kind, number)?.times ?? 0
  world.store.put<Use>(kind, { id: number, times: times + 1 })
}
