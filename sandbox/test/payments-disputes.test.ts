import { afterAll, beforeAll, expect, test } from 'vitest'
import { chargeOf, pay, refused } from './pay.ts'
import { type Started, start, typesDuring } from './start.ts'

let world: Started
beforeAll(async () => {
  world = await start()
})
afterAll(() => world.close())

async function disputed(card = 'pm_card_createDispute', amount = 6000) {
  const intent = await pay(world.stripe, card, { amount })
  const { data } = await world.stripe.disputes.list({ payment_intent: intent.id })
  const [dispute] = data
  if (!dispute || data.length > 1) throw new Error(`There are ${data.length} disputes.`)
  return { intent, dispute }
}

const answer = (id: string, text: string) =>
  world.stripe.disputes.update(id, { evidence: { uncategorized_text: text } })

test('a payment by 4000000000000259 is disputed as fraudulent at once, which takes the money and a fee', async () => {
  const { stripe } = world
  const types = await typesDuring(world, () => pay(stripe, 'pm_card_createDispute'))
  expect(types).toEqual([
    'payment_intent.created',
    'charge.succeeded',
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
    'payment_intent.succeeded',
  ])
  const { intent, dispute } = await disputed()
  expect(dispute).toMatchObject({
    amount: 6000,
    balance_transactions: [
      { amount: -6000, fee: 1500, net: -7500, reporting_category: 'dispute', type: 'adjustment' },
    ],
    charge: intent.latest_charge,
    is_charge_refundable: false,
    payment_method_details: { card: { case_type: 'chargeback', network_reason_code: '10.4' } },
    reason: 'fraudulent',
    status: 'needs_response',
  })
  // Until the end of the eighth day after.
  expect(dispute.evidence_details.due_by).toBe((Math.floor(dispute.created / 86_400) + 9) * 86_400 - 1)
  expect((await chargeOf(stripe, intent)).disputed).toBe(true)
  expect(await refused(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
    status: 400,
    code: 'charge_disputed',
  })
})

test('what Stripe knows of the sale stands in the evidence from the start', async () => {
  const { stripe } = world
  const customer = await stripe.customers.create({ email: 'ann@example.com', name: 'Ann' })
  const intent = await pay(stripe, 'pm_card_createDispute', {
    customer: customer.id,
    description: 'A widget',
  })
  const { data } = await stripe.disputes.list({ payment_intent: intent.id })
  expect(data[0]?.evidence).toMatchObject({
    customer_email_address: 'ann@example.com',
    customer_name: 'Ann',
    product_description: 'A widget',
    uncategorized_text: null,
  })
  expect(data[0]?.evidence_details.has_evidence).toBe(false)
})

test('a payment by 4000000000002685 is disputed as not received', async () => {
  const { dispute } = await disputed('pm_card_createDisputeProductNotReceived')
  expect([dispute.reason, dispute.payment_method_details?.card?.network_reason_code]).toEqual([
    'product_not_received',
    '13.1',
  ])
})

test('an inquiry by 4000000000001976 takes no money and leaves the charge refundable', async () => {
  const { stripe } = world
  const opened = await typesDuring(world, () => pay(stripe, 'pm_card_createDisputeInquiry'))
  expect(opened.filter((type) => type.startsWith('charge.dispute'))).toEqual(['charge.dispute.created'])
  const { intent, dispute } = await disputed('pm_card_createDisputeInquiry', 1700)
  expect([dispute.status, dispute.is_charge_refundable, dispute.balance_transactions]).toEqual([
    'warning_needs_response',
    true,
    [],
  ])
  expect((await stripe.refunds.create({ payment_intent: intent.id, amount: 100 })).status).toBe('succeeded')
  const types = await typesDuring(world, async () => {
    await answer(dispute.id, 'escalate_inquiry_evidence')
    await world.advance({ seconds: 5 })
  })
  expect(types).toContain('charge.dispute.funds_withdrawn')
  const after = await stripe.disputes.retrieve(dispute.id)
  expect([after.status, after.is_charge_refundable, after.balance_transactions.length]).toEqual([
    'needs_response',
    false,
    1,
  ])
})

test('an inquiry that is answered or accepted ends without a chargeback', async () => {
  const { stripe, advance } = world
  const first = await disputed('pm_card_createDisputeInquiry')
  expect((await answer(first.dispute.id, 'losing_evidence')).status).toBe('warning_under_review')
  await advance({ seconds: 5 })
  const second = await disputed('pm_card_createDisputeInquiry')
  await stripe.disputes.close(second.dispute.id)
  for (const { dispute } of [first, second])
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('warning_closed')
})

test('winning evidence is looked at and then won: the amount comes back, the fee does not', async () => {
  const { stripe, advance } = world
  const { intent, dispute } = await disputed()
  const sent = await typesDuring(world, async () => {
    const after = await answer(dispute.id, 'winning_evidence')
    expect([after.status, after.evidence_details.submission_count]).toEqual(['under_review', 1])
    expect(after.evidence_details.has_evidence).toBe(true)
  })
  expect(sent).toEqual(['charge.dispute.updated', 'charge.updated'])
  const decided = await typesDuring(world, () => advance({ seconds: 5 }))
  expect(decided.filter((type) => type.startsWith('charge.dispute'))).toEqual([
    'charge.dispute.funds_reinstated',
    'charge.dispute.closed',
  ])
  const won = await stripe.disputes.retrieve(dispute.id)
  expect([won.status, won.is_charge_refundable]).toEqual(['won', true])
  expect(won.balance_transactions.map(({ net, status }) => [net, status])).toEqual([
    [-7500, 'available'],
    [6000, 'pending'],
  ])
  expect((await stripe.refunds.create({ payment_intent: intent.id })).status).toBe('succeeded')
})

test('losing evidence and accepting both lose, and what is closed stays closed', async () => {
  const { stripe, advance } = world
  const first = await disputed()
  await answer(first.dispute.id, 'losing_evidence')
  await advance({ seconds: 5 })
  const second = await disputed()
  const types = await typesDuring(world, () => stripe.disputes.close(second.dispute.id))
  expect(types).toEqual(['charge.dispute.closed', 'charge.updated'])
  for (const { dispute, intent } of [first, second]) {
    expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('lost')
    for (const again of [stripe.disputes.close(dispute.id), answer(dispute.id, 'winning_evidence')])
      expect(await refused(again)).toMatchObject({ status: 400, message: 'This dispute is already closed' })
    expect(await refused(stripe.refunds.create({ payment_intent: intent.id }))).toMatchObject({
      code: 'charge_disputed',
    })
  }
})

test('evidence that decides nothing stays under review, and a draft of it is not sent', async () => {
  const { stripe, advance } = world
  const { dispute } = await disputed()
  const draft = await stripe.disputes.update(dispute.id, {
    evidence: { product_description: 'a widget' },
    metadata: { a: '1' },
    submit: false,
  })
  expect([draft.status, draft.evidence_details.submission_count, draft.metadata]).toEqual([
    'needs_response',
    0,
    { a: '1' },
  ])
  const sent = await stripe.disputes.update(dispute.id, { evidence: { customer_name: 'Ann' } })
  expect(sent.evidence).toMatchObject({ customer_name: 'Ann', product_description: 'a widget' })
  await advance({ days: 1 })
  expect((await stripe.disputes.retrieve(dispute.id)).status).toBe('under_review')
})

test('a bank that takes a payment by 4000000000005423 for fraud warns of it, until it is refunded', async () => {
  const { stripe } = world
  const types = await typesDuring(world, async () => {
    const intent = await pay(stripe, 'pm_card_createIssuerFraudRecord')
    const { data } = await stripe.radar.earlyFraudWarnings.list({ payment_intent: intent.id })
    expect(data).toMatchObject([{ actionable: true, charge: intent.latest_charge }])
    await stripe.refunds.create({ payment_intent: intent.id })
    const after = await stripe.radar.earlyFraudWarnings.retrieve(String(data[0]?.id))
    expect(after.actionable).toBe(false)
  })
  expect(types.slice(1, 4)).toEqual([
    'charge.succeeded',
    'radar.early_fraud_warning.created',
    'payment_intent.succeeded',
  ])
})

test('only what is captured is disputed', async () => {
  const { stripe } = world
  const held = await pay(stripe, 'pm_card_createDispute', { amount: 5000, capture_method: 'manual' })
  expect((await stripe.disputes.list({ payment_intent: held.id })).data).toEqual([])
  const types = await typesDuring(world, () =>
    stripe.paymentIntents.capture(held.id, { amount_to_capture: 2000 }),
  )
  expect(types.slice(0, 3)).toEqual([
    'charge.captured',
    'charge.dispute.created',
    'charge.dispute.funds_withdrawn',
  ])
  const { data } = await stripe.disputes.list({ charge: String(held.latest_charge) })
  expect(data.map(({ amount }) => amount)).toEqual([2000])
})

test('a dispute that nobody answers is past due after its day', async () => {
  const { stripe, advance } = world
  const { dispute } = await disputed()
  await advance({ days: 10 })
  const after = await stripe.disputes.retrieve(dispute.id)
  expect([after.status, after.evidence_details.past_due]).toEqual(['needs_response', true])
  expect(await refused(stripe.disputes.retrieve('du_nope'))).toMatchObject({ status: 404, param: 'dispute' })
})
