import { invalid, missing } from '../api/errors.ts'
import type { Customer } from '../customers/balance.ts'
import type { EventType } from '../events/event-types.ts'
import { emit, previousAttributes } from '../events/events.ts'
import { longId, present, type Stored, type World } from '../world.ts'
import { cardOf } from './cards.ts'
import type { Charge } from './charges.ts'
import type { PaymentMethod } from './payment-methods.ts'
import { recordTransaction } from './transactions.ts'

export const textEvidence = [
  'access_activity_log',
  'billing_address',
  'cancellation_policy_disclosure',
  'cancellation_rebuttal',
  'customer_email_address',
  'customer_name',
  'customer_purchase_ip',
  'duplicate_charge_explanation',
  'duplicate_charge_id',
  'product_description',
  'refund_policy_disclosure',
  'refund_refusal_explanation',
  'service_date',
  'shipping_address',
  'shipping_carrier',
  'shipping_date',
  'shipping_tracking_number',
  'uncategorized_text',
] as const
export const fileEvidence = [
  'cancellation_policy',
  'customer_communication',
  'customer_signature',
  'duplicate_charge_documentation',
  'receipt',
  'refund_policy',
  'service_documentation',
  'shipping_documentation',
  'uncategorized_file',
] as const

export type Dispute = Stored & {
  amount: number
  charge: string
  created: number
  currency: string
  evidence: Record<string, string | object | null>
  evidence_details: {
    due_by: number
    enhanced_eligibility: object
    has_evidence: boolean
    past_due: boolean
    submission_count: number
    submission_method: string
  }
  is_charge_refundable: boolean
  metadata: Record<string, string>
  network_reason_code: string
  payment_intent: string | null
  payment_method_details: { card: Record<string, string>; type: 'card' }
  reason: string
  status:
    | 'needs_response'
    | 'under_review'
    | 'won'
    | 'lost'
    | 'warning_needs_response'
    | 'warning_under_review'
    | 'warning_closed'
  /** The ids of what moved on the account's balance. */
  hidden: { transactions: string[] }
}

const day = 86_400
const fee = 1500
const codes = { fraudulent: '10.4', product_not_received: '13.1' }

export function findDispute(world: World, id = ''): Dispute {
  const found = world.store.get<Dispute>('dispute', id)
  if (!found) throw missing('dispute', id, 'dispute', 404)
  return found
}

/** Puts a dispute's next state and tells it, with what it was. */
function move(world: World, before: Dispute, changes: Partial<Dispute>, types: EventType[]): Dispute {
  const after = world.store.put<Dispute>('dispute', { ...before, ...changes })
  const previous = previousAttributes(present(world, before), present(world, after))
  for (const type of types) emit(world, type, after, type.endsWith('updated') ? previous : undefined)
  return after
}

const sayCharge = (world: World, dispute: Dispute) => {
  const charge = world.store.get<Charge>('charge', dispute.charge)
  if (charge) emit(world, 'charge.updated', charge, {})
}

/** Takes the disputed amount and the fee from the account, as a chargeback does at once. */
const withdraw = (world: World, dispute: Pick<Dispute, 'id' | 'amount' | 'charge' | 'currency'>): string =>
  recordTransaction(world, {
    amount: -dispute.amount,
    currency: dispute.currency,
    description: `Chargeback withdrawal for ${dispute.charge}`,
    fee,
    feeDescription: 'Dispute fee',
    source: dispute.id,
    type: 'adjustment',
  })

/** What Stripe writes into the evidence by itself (recorded answers of the real API). */
function knownOf(world: World, charge: Charge): Record<string, string | null> {
  const customer = charge.customer ? world.store.get<Customer>('customer', charge.customer) : undefined
  return {
    customer_email_address: customer?.email ?? null,
    customer_name: customer?.name ?? customer?.description ?? null,
    product_description: charge.description,
  }
}

/**
 * Opens the dispute that a test card stands for, once its charge is captured: a chargeback takes the money and a fee,
 * an inquiry only asks (docs.stripe.com/testing#disputes).
 */
export function openDispute(world: World, charge: Charge, method: PaymentMethod): void {
  const about = cardOf(method.hidden.number).dispute
  if (!about) return
  const inquiry = about.kind === 'inquiry'
  const now = world.clock.now()
  const id = longId('du_')
  const [amount, currency] = [charge.amount_captured, charge.currency]
  const transactions = inquiry ? [] : [withdraw(world, { id, amount, charge: charge.id, currency })]
  const code = inquiry ? '10' : codes[about.reason]
  const { brand } = method.card
  const card = { brand, case_type: about.kind, network: brand, network_reason_code: code }
  const blank = Object.fromEntries([...textEvidence, ...fileEvidence].map((name) => [name, null]))
  const dispute = {
    id,
    object: 'dispute',
    amount,
    charge: charge.id,
    created: now,
    currency,
    enhanced_eligibility_types: [],
    evidence: { ...blank, ...knownOf(world, charge), enhanced_evidence: {} },
    evidence_details: {
      // The end of the eighth day after (UTC).
      due_by: (Math.floor(now / day) + 9) * day - 1,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: 'manual',
    },
    intended_submission_method: null,
    is_charge_refundable: inquiry,
    livemode: false,
    metadata: {},
    network_reason_code: code,
    payment_intent: charge.payment_intent,
    payment_method_details: { card, type: 'card' as const },
    reason: about.reason,
    status: inquiry ? ('warning_needs_response' as const) : ('needs_response' as const),
    hidden: { transactions },
  }
  world.store.put<Dispute>('dispute', dispute)
  world.store.put<Charge>('charge', { ...charge, dispute: id, disputed: true })
  emit(world, 'charge.dispute.created', dispute)
  if (!inquiry) emit(world, 'charge.dispute.funds_withdrawn', dispute)
}

function checkOpen({ status }: Dispute): void {
  if (['won', 'lost', 'warning_closed'].includes(status)) throw invalid('This dispute is already closed')
}

/** Accepts a dispute: the money stays with the customer. An inquiry ends without becoming a chargeback. */
export function closeDispute(world: World, before: Dispute): Dispute {
  checkOpen(before)
  const status = before.status.startsWith('warning') ? 'warning_closed' : 'lost'
  const after = move(world, before, { status }, ['charge.dispute.closed'])
  sayCharge(world, after)
  return after
}

/** Keeps evidence with a dispute; submitted, it goes to the bank, which decides on the test texts a little later. */
export function respond(
  world: World,
  before: Dispute,
  given: { evidence: Record<string, string>; metadata: Record<string, string>; submit: boolean },
): Dispute {
  checkOpen(before)
  const answered = Object.keys(given.evidence).length > 0
  const sent = answered && given.submit
  const details = {
    ...before.evidence_details,
    has_evidence: before.evidence_details.has_evidence || answered,
    submission_count: before.evidence_details.submission_count + (sent ? 1 : 0),
  }
  const status = before.status.startsWith('warning') ? 'warning_under_review' : 'under_review'
  const changes = {
    evidence: { ...before.evidence, ...given.evidence },
    evidence_details: details,
    metadata: given.metadata,
    ...(sent ? { status: status as Dispute['status'] } : {}),
  }
  const after = move(world, before, changes, ['charge.dispute.updated'])
  if (!sent) return after
  sayCharge(world, after)
  const at = world.clock.now() + world.settings().dispute_decision_seconds
  world.clock.schedule({ id: `dispute ${after.id}`, at, what: 'dispute.decide', object: after.id })
  return after
}

/** What the bank makes of the evidence: only the documented test texts make it decide (docs.stripe.com/testing#evidence). */
export function decide(world: World, id: string): void {
  const before = world.store.get<Dispute>('dispute', id)
  if (!before?.status.endsWith('under_review')) return
  const inquiry = before.status === 'warning_under_review'
  const said = before.evidence.uncategorized_text
  const { transactions } = before.hidden
  if (said === 'winning_evidence') {
    if (inquiry) {
      move(world, before, { status: 'warning_closed' }, ['charge.dispute.closed'])
      return
    }
    const back = recordTransaction(world, {
      amount: before.amount,
      currency: before.currency,
      description: `Chargeback reversal for ${before.charge}`,
      source: before.id,
      type: 'adjustment',
    })
    const won = {
      is_charge_refundable: true,
      status: 'won' as const,
      hidden: { transactions: [...transactions, back] },
    }
    move(world, before, won, ['charge.dispute.funds_reinstated', 'charge.dispute.closed'])
  } else if (said === 'losing_evidence')
    move(world, before, { status: inquiry ? 'warning_closed' : 'lost' }, ['charge.dispute.closed'])
  else if (said === 'escalate_inquiry_evidence' && inquiry) {
    const card = { ...before.payment_method_details.card, case_type: 'chargeback' }
    const escalated = {
      is_charge_refundable: false,
      payment_method_details: { ...before.payment_method_details, card },
      status: 'needs_response' as const,
      hidden: { transactions: [...transactions, withdraw(world, before)] },
    }
    move(world, before, escalated, ['charge.dispute.updated', 'charge.dispute.funds_withdrawn'])
  }
}
