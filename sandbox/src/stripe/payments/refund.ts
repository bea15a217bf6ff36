import { randomId } from '../../ids.ts'
import { emit } from '../events/events.ts'
import type { Stored, World } from '../world.ts'
import type { Charge } from './charges.ts'

export type Refund = Stored & {
  amount: number
  balance_transaction: string | null
  charge: string
  created: number
  currency: string
  customer: string | null
  metadata: Record<string, string>
  payment_intent: string | null
  reason: string | null
  status: 'pending' | 'succeeded' | 'failed' | 'canceled'
  failure_balance_transaction?: string
  failure_reason?: string
  pending_reason?: string
}

export const newRefundId = (): string => randomId('re_3', 23)

/**
 * Puts a refund of a charge and what it does to it, and says so; a pending one does nothing to it yet. `type` of
 * `reversal` releases what was only held.
 */
export function giveBack(
  world: World,
  charge: Charge,
  about: Pick<Refund, 'id' | 'amount' | 'balance_transaction' | 'metadata' | 'reason' | 'status'> & {
    type: 'refund' | 'reversal' | 'pending'
  },
): Refund {
  const { type, ...given } = about
  const card =
    type === 'refund'
      ? { reference_status: 'pending', reference_type: 'acquirer_reference_number', type }
      : { type }
  const refund = {
    object: 'refund',
    ...given,
    charge: charge.id,
    created: world.clock.now(),
    currency: charge.currency,
    customer: charge.customer,
    customer_account: null,
    destination_details: { card, type: 'card' },
    payment_intent: charge.payment_intent,
    payment_method: charge.payment_method,
    ...(about.status === 'pending' ? { pending_reason: 'processing' } : {}),
    receipt_number: null,
    source_transfer_reversal: null,
    transfer_reversal: null,
  }
  world.store.put<Refund>('refund', refund)
  emit(world, 'refund.created', refund)
  if (about.status !== 'pending') countRefund(world, charge, about.amount)
  return refund
}

/** Counts what was given back of a charge, or, below zero, what was not after all. */
export function countRefund(world: World, charge: Charge, amount: number): void {
  const refunded = charge.amount_refunded + amount
  const after = world.store.put<Charge>('charge', {
    ...charge,
    amount_refunded: refunded,
    // Of what was captured; of an authorization that is released, of what was held.
    refunded: refunded === (charge.captured ? charge.amount_captured : charge.amount),
  })
  if (amount < 0) return
  const previous = { amount_refunded: charge.amount_refunded, ...(after.refunded ? { refunded: false } : {}) }
  emit(world, 'charge.refunded', after, previous)
}
