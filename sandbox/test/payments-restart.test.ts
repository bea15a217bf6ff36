import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { pay, refused } from './pay.ts'
import { start } from './start.ts'

const dataDir = mkdtempSync(join(tmpdir(), 'sandbox-payments-'))
afterAll(() => rmSync(dataDir, { recursive: true, force: true }))

test('what payments wait for survives a restart: holds, refunds, disputes, 3-D Secure, a card’s count', async () => {
  const before = await start({ dataDir })
  const { token } = await before.control('cards', { worksTimes: 1 })
  await pay(before.stripe, String(token))
  const held = await pay(before.stripe, 'pm_card_visa', { capture_method: 'manual' })
  const waiting = await pay(before.stripe, 'pm_card_authenticationRequired')
  const refund = await before.stripe.refunds.create({
    payment_intent: (await pay(before.stripe, 'pm_card_pendingRefund')).id,
  })
  const disputed = await pay(before.stripe, 'pm_card_createDispute')
  const [dispute] = (await before.stripe.disputes.list({ payment_intent: disputed.id })).data
  await before.stripe.disputes.update(String(dispute?.id), {
    evidence: { uncategorized_text: 'winning_evidence' },
  })
  await before.close()

  const after = await start({ dataDir })
  const { stripe, control, advance } = after
  expect((await control(`payment_intents/${waiting.id}/authenticate`, { outcome: 'pass' })).status).toBe(
    'succeeded',
  )
  await advance({ seconds: 60 })
  expect((await stripe.refunds.retrieve(refund.id)).status).toBe('succeeded')
  expect((await stripe.disputes.retrieve(String(dispute?.id))).status).toBe('won')
  expect(await refused(pay(stripe, String(token)))).toMatchObject({ status: 402 })
  await advance({ days: 7 })
  expect((await stripe.paymentIntents.retrieve(held.id)).cancellation_reason).toBe('automatic')
  await after.close()
})
